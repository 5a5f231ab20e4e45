"""Counting. One statement, so that requests that arrive together are all counted."""

import hashlib
import math
from datetime import UTC, datetime

from foundation.sql import fetch
from portal.limits.models import Tally
from portal.limits.queries import (
    CODES_OF_ALL,
    CODES_OF_ONE,
    TEXTS_OF_ALL,
    TEXTS_OF_ONE,
    Limit,
)

COUNT = """
    insert into portal_tally (key, count, ends_at)
    values (%(key)s, 1, %(ends_at)s::timestamptz)
    on conflict (key) do update set count = portal_tally.count + 1
    returning count
"""


COUNT_FROM_FIRST = """
    insert into portal_tally (key, count, ends_at)
    values (%(key)s, 1, %(at)s::timestamptz + make_interval(secs => %(seconds)s))
    on conflict (key) do update set
        count = case when portal_tally.ends_at > %(at)s::timestamptz
            then portal_tally.count + 1 else 1 end,
        ends_at = case when portal_tally.ends_at > %(at)s::timestamptz
            then portal_tally.ends_at else excluded.ends_at end
    returning count, ends_at
"""


def seconds_to_wait(
    *,
    limit: Limit,
    person_id: int | None,
    address: str | None,
    at: datetime,
    token_id: int | None = None,
    session_key: str | None = None,
) -> int:
    """Count one more of it; 0 where it is still within the limit, else how many seconds
    are left until it may be done again.

    Persons are counted apart from addresses, so nobody uses up what belongs to another;
    who is signed in is held to both. `token_id` is that of the authorisation by which a
    program acts: one that runs wild leaves its person's others alone. Nor does one
    session, whose key is `session_key`, use up what is its person's, where the limit
    says how much it may: what is too much there is counted nowhere else.
    """
    if person_id is not None and session_key and limit.session:
        wait = _wait(limit, limit.session, f"session:{session_key}", at)
        if wait:
            return wait
    waits = []
    if person_id is not None:
        waits.append(_wait(limit, limit.person, f"person:{person_id}", at))
    if token_id is not None and limit.token:
        waits.append(_wait(limit, limit.token, f"token:{token_id}", at))
    if address is not None:
        waits.append(_wait(limit, limit.address, f"address:{address}", at))
    return max(waits, default=0)


def _wait(limit: Limit, allowed: int, subject: str, at: datetime) -> int:
    now = int(at.timestamp())
    span = now // limit.seconds
    ends = (span + 1) * limit.seconds
    key = hashlib.sha256(f"{limit.name}:{subject}:{span}".encode()).hexdigest()
    ends_at = datetime.fromtimestamp(ends, tz=UTC)
    (count,) = fetch(COUNT, {"key": key, "ends_at": ends_at})[0]
    return ends - now if count > allowed * limit.factor else 0


def wait_for_code(
    *, kind: str, subject: str, browser: str, network: str | None, at: datetime
) -> int:
    """Count a request for one more code for `subject`, an address or an account; 0
    where it may be sent, else how many seconds are left until one may be asked for.

    `kind` is what the code is for, "text" where it goes out as one; kinds are counted
    apart. `browser` stands for one that the owner knows, and "" for any other, which is
    counted for its `network` and, where that has some left, for all of these together.
    The same for an address that nobody has.
    """
    of_one = TEXTS_OF_ONE if kind == "text" else CODES_OF_ONE
    of_all = TEXTS_OF_ALL if kind == "text" else CODES_OF_ALL
    about = f"codes:{kind}:{subject}"
    if browser:
        return _first_wait(f"{about}:in {browser}", of_one, at)
    wait = _first_wait(f"{about}:from {network}", of_one, at)
    return wait or _first_wait(f"{about}:elsewhere", of_all, at)


def _first_wait(subject: str, spans: tuple[tuple[int, int], ...], at: datetime) -> int:
    """Count it in each span, which begins with the first that is counted in it, until
    one is full: what was refused for a minute is not held against the longer one."""
    for allowed, seconds in spans:
        key = hashlib.sha256(f"{seconds}:{subject}".encode()).hexdigest()
        values = {"key": key, "seconds": seconds, "at": at}
        count, ends_at = fetch(COUNT_FROM_FIRST, values)[0]
        if count > allowed:
            return max(1, math.ceil((ends_at - at).total_seconds()))
    return 0


def forget_tallies(*, at: datetime) -> None:
    """Delete what was counted in spans that are over."""
    Tally.objects.filter(ends_at__lt=at).delete()
