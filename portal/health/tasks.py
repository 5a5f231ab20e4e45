"""The job that an idle worker is given, to see whether it still takes any; and the word
about work that was given up."""

from django.utils import timezone

from portal.health import services


def beat() -> None:
    """Nothing to do: taking the job at all is the sign of life."""


def tell_of_given_up() -> None:
    services.tell_of_given_up(at=timezone.now())
