"""Calendar files from outside: when is their owner taken?

A file from a stranger's server is read as people's files are (foundation.inspection):
in a process of its own, without secrets or a database, with little memory and time. A
rule of repetition can cost as much as one likes.

__main__  the process: limits first, then one file
reading   the file, without a word of what its entries are called
"""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from foundation.periods import Period

ROOT = Path(__file__).resolve().parent.parent.parent
# The work itself may take eight seconds; on a busy machine those take longer to come,
# and no visitor waits for this. A job has a minute, with what it fetches before.
SECONDS = 35
# Why a file says nothing: no calendar, more entries than we take, or too much work.
NO_CALENDAR, TOO_MANY, TOO_MUCH = "NO_CALENDAR", "TOO_MANY", "TOO_MUCH"
# More at once would only take time from each other.
_TURNS = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Busy:
    """When somebody is taken, as `foundation.periods`: sorted, disjoint, inside the
    window that was asked for. `skipped` entries could not be understood. With a
    `refusal` nothing is known."""

    periods: tuple[Period, ...] = ()
    skipped: int = 0
    refusal: str = ""


def busy_times(content: bytes, *, zone: str, window: Period, own: str = "") -> Busy:
    """When the owner of an iCalendar file (RFC 5545) is taken in `window`, in seconds.

    Days without a time, and times without a zone, are read in the IANA `zone`. Entries
    whose UID ends with "@" and `own` are ours, come back from where we sent them, and
    do not count.
    """
    asked = json.dumps({"zone": zone, "window": window, "own": own})
    # No secret of ours is in there, and libraries find nothing to configure.
    bare = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    with _TURNS:
        try:
            done = subprocess.run(  # noqa: S603 arguments are ours
                [sys.executable, "-m", "foundation.calendars", asked],
                input=content,
                capture_output=True,
                timeout=SECONDS,
                cwd=ROOT,
                env=bare,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Busy(refusal=TOO_MUCH)
    if done.returncode:
        return Busy(refusal=TOO_MUCH)
    said = json.loads(done.stdout)
    found = tuple((starts, ends) for starts, ends in said["periods"])
    return Busy(found, said["skipped"], said["refusal"])
