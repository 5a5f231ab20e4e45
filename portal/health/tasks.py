"""The job that an idle worker is given, to see whether it still takes any."""


def beat() -> None:
    """Nothing to do: taking the job at all is the sign of life."""
