"""Portraits that people upload, made anew so that nothing but the picture remains."""

from typing import BinaryIO

from foundation.inspection import PORTRAIT, cleaned

MOST_BYTES = 10_000_000


class BadPicture(ValueError):
    """`str(error)` says to people what is wrong with the file."""


def portrait(file: BinaryIO, size: int) -> bytes:
    """A square JPEG of 512 pixels from the middle of a JPEG or PNG of `size` bytes.

    It is decoded and written anew, in a process of its own, which drops places, dates
    and whatever else the file carried, and turned the way the camera was held. Raises
    BadPicture.
    """
    if size > MOST_BYTES:
        raise BadPicture("Choose a picture of at most 10 MB")
    verdict = cleaned(file.read(), PORTRAIT)
    if verdict.refusal:
        raise BadPicture(verdict.refusal)
    return verdict.content
