"""Calendar files from outside: when is their owner taken?

A file from a stranger's server is read apart (foundation.apart), as people's files are:
a rule of repetition can cost as much as one likes.

__main__  the process: limits first, then one file
reading   the file, without a word of what its entries are called
"""

import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from foundation.apart import run_apart
from foundation.periods import Period

# No visitor waits for this. A job has a minute, with what it fetches before.
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


def digest_of(address: str) -> str:
    """Of an e-mail address: which processes run, and with what, others can see."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()


def busy_times(
    content: bytes,
    *,
    zone: str,
    window: Period,
    own: str = "",
    owners: Iterable[str] = (),
) -> Busy:
    """When the owner of an iCalendar file (RFC 5545) is taken in `window`, in seconds.

    Days without a time, and times without a zone, are read in the IANA `zone`. Entries
    whose UID ends with "@" and `own` are ours, come back from where we sent them, and
    do not count. Nor do invitations that the owner declined, who has the e-mail
    addresses `owners`.
    """
    digests = [digest_of(address) for address in owners]
    asked = json.dumps({"zone": zone, "window": window, "own": own, "owners": digests})
    with _TURNS:
        made = run_apart("foundation.calendars", asked, content, seconds=SECONDS)
    if made is None:
        return Busy(refusal=TOO_MUCH)
    said = json.loads(made)
    found = tuple((starts, ends) for starts, ends in said["periods"])
    return Busy(found, said["skipped"], said["refusal"])
