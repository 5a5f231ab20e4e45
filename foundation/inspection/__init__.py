"""Files from strangers are opened in a process of their own, with little to spend.

Decoders of pictures and PDFs are large and written in C. What opens a file from outside
gets no secrets, no database, little memory and little time; if it dies, the upload is
refused and the site goes on.

__main__  the process: limits first, then one file
pictures  pictures, written anew, and portraits cut from them
papers    PDF, written anew without anything that acts
archives  what an archive unpacks to, before anything does
files     what a form was given: its type by content, its name, then the process
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The work itself may take eight seconds; on a busy machine those take longer to come.
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
    command = [sys.executable, "-m", "foundation.inspection", kind]
    # No secret of ours is in there, and libraries find nothing to configure.
    bare = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    with _TURNS:
        try:
            done = subprocess.run(  # noqa: S603 arguments are ours
                command,
                input=content,
                capture_output=True,
                timeout=SECONDS,
                cwd=ROOT,
                env=bare,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return TOO_MUCH
    if done.returncode:
        return TOO_MUCH
    head, _, body = done.stdout.partition(b"\n")
    said = json.loads(head)
    if said["refusal"]:
        return Verdict(refusal=said["refusal"])
    return Verdict(content=body)
