"""Files from strangers are opened apart (foundation.apart).

Decoders of pictures and PDFs are large and written in C. If one dies, the upload is
refused and the site goes on.

__main__  the process: limits first, then one file
pictures  pictures, written anew, and portraits cut from them
papers    PDF, written anew without anything that acts
archives  what an archive unpacks to, before anything does
files     what a form was given: its type by content, its name, then the process
"""

import json
import threading
from dataclasses import dataclass

from foundation.apart import run_apart

SECONDS = 25
# Asked for in the place of a type: a square picture of a face.
PORTRAIT = "portrait"
# More at once would only take memory from each other.
_TURNS = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Verdict:
    """The clean bytes, or in `refusal` why there are none."""

    content: bytes = b""
    refusal: str = ""


TOO_MUCH = Verdict(
    refusal="This file takes too much to open. Save it anew, smaller or in several "
    "parts, and try again."
)


def cleaned(content: bytes, kind: str) -> Verdict:
    """A clean copy of a file of the content type `kind`: a PDF, JPEG, PNG, WebP or
    AVIF; or with PORTRAIT, the portrait that a JPEG or PNG makes."""
    with _TURNS:
        made = run_apart("foundation.inspection", kind, content, seconds=SECONDS)
    if made is None:
        return TOO_MUCH
    head, _, body = made.partition(b"\n")
    said = json.loads(head)
    if said["refusal"]:
        return Verdict(refusal=said["refusal"])
    return Verdict(content=body)
