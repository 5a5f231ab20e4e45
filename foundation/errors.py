"""Errors that carry a sentence for people."""


class Refused(Exception):
    """A rule said no. `str(error)` is a sentence that may be shown to anybody.

    Services raise subclasses of this, defined beside the rule; views show the
    sentence next to where the input was made.
    """

    sentence = "This can't be done right now."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
