"""Counting. One statement, so that requests that arrive together are all counted."""

import hashlib
from datetime import UTC, datetime

from foundation.sql import fetch
from portal.limits.models import Tally
from portal.limits.queries import Limit

COUNT = """
    insert into portal_tally (key, count, ends_at)
    values (%(key)s, 1, %(ends_at)s::timestamptz)
    on conflict (key) do update set count = portal_tally.count + 1
    returning count
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


def forget_tallies(*, at: datetime) -> None:
    """Delete what was counted in spans that are over."""
    Tally.objects.filter(ends_at__lt=at).delete()
