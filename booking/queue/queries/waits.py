"""How long somebody still waits, from how long visits really take.

Reads keys and times only: whoever asks about their own wait is shown nobody else's
visit, and nobody else's is loaded.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from django.core.cache import cache

from booking.appointments.models import Status
from booking.queue.queries.states import in_order
from foundation.sql import fetch

# How many of a doctor's last visits of one kind are looked at, how many must be there
# to say anything, how far back, and for how many seconds the answer is good enough.
LAST, ENOUGH, BACK = 20, 5, timedelta(days=60)
KEPT_SECONDS = 600

_LENGTHS = """
SELECT w.doctor, w.kind, array_agg(lasted.minutes)
  FROM unnest(%(doctors)s::bigint[], %(kinds)s::bigint[]) AS w(doctor, kind)
 CROSS JOIN LATERAL (
   SELECT (extract(epoch FROM done.at - began.at) / 60)::float8 AS minutes
     FROM booking_appointment a
     JOIN LATERAL (SELECT max(c.at) AS at FROM booking_statuschange c
                    WHERE c.appointment_id = a.id
                      AND c.to_status = 'IN_CONSULTATION') began ON true
     JOIN LATERAL (SELECT max(c.at) AS at FROM booking_statuschange c
                    WHERE c.appointment_id = a.id
                      AND c.to_status = 'COMPLETED') done ON true
    WHERE a.doctor_id = w.doctor AND a.visit_type_id = w.kind
      AND a.status = 'COMPLETED' AND a.starts_at < %(at)s::timestamptz
      AND a.starts_at > %(since)s::timestamptz AND began.at < done.at
    ORDER BY a.starts_at DESC
    LIMIT %(last)s) lasted
 GROUP BY w.doctor, w.kind
"""

_QUEUE = """
SELECT a.id, a.doctor_id, a.visit_type_id, a.status, a.starts_at, a.ends_at,
       t.checked_in_at, t.called_at,
       CASE WHEN a.status = 'IN_CONSULTATION' THEN
         (SELECT max(c.at) FROM booking_statuschange c
           WHERE c.appointment_id = a.id AND c.to_status = 'IN_CONSULTATION') END
  FROM booking_appointment a
  LEFT JOIN booking_turn t ON t.appointment_id = a.id
 WHERE a.doctor_id = ANY(%(doctors)s::bigint[])
   AND a.starts_at >= %(first)s::timestamptz AND a.starts_at < %(after)s::timestamptz
   AND a.status IN ('CONFIRMED', 'ARRIVED', 'IN_CONSULTATION')
"""


class Ahead(NamedTuple):
    """One visit in a doctor's queue. `length` is how long it is likely to take;
    `is_here` whether its patient could go in at once."""

    key: int
    starts_at: datetime
    length: timedelta
    is_here: bool = True


def expected_starts(
    queue: Sequence[Ahead], *, at: datetime, busy_until: datetime | None = None
) -> dict[int, datetime]:
    """When each of `queue`, which is in order, is likely to go in, by key. Pure.

    The doctor is busy until `busy_until`, where that is still to come. Who is not here
    yet goes in at their time at the soonest, and is not waited for once it has passed.
    """
    free_at = at if busy_until is None else max(at, busy_until)
    found = {}
    for one in queue:
        if not one.is_here and one.starts_at < at:
            found[one.key] = max(free_at, one.starts_at)
            continue
        begins = free_at if one.is_here else max(free_at, one.starts_at)
        found[one.key] = begins
        free_at = begins + one.length
    return found


def usual_length(minutes: Sequence[float], planned: timedelta) -> timedelta:
    """The median of real lengths in minutes; what is planned where they are too few.
    Pure."""
    if len(minutes) < ENOUGH:
        return planned
    return timedelta(minutes=round(median(minutes)))


def real_lengths(
    pairs: Iterable[tuple[int, int]], *, at: datetime
) -> dict[tuple[int, int], list[float]]:
    """How many minutes the last visits of each (doctor id, visit type id) took, from
    the doctor's start to the end. One query, and none for some minutes after it."""
    wanted = sorted(set(pairs))
    names = {pair: f"queue.lengths.{pair[0]}.{pair[1]}" for pair in wanted}
    kept = cache.get_many(names.values()) if names else {}
    found = {pair: kept[name] for pair, name in names.items() if name in kept}
    missing = [pair for pair in wanted if pair not in found]
    if missing:
        rows = fetch(
            _LENGTHS,
            {
                "doctors": [doctor for doctor, _ in missing],
                "kinds": [kind for _, kind in missing],
                "at": at,
                "since": at - BACK,
                "last": LAST,
            },
        )
        asked: dict[tuple[int, int], list[float]] = {pair: [] for pair in missing}
        asked |= {(doctor, kind): minutes for doctor, kind, minutes in rows}
        cache.set_many(
            {names[pair]: minutes for pair, minutes in asked.items()}, KEPT_SECONDS
        )
        found |= asked
    return found


def waits_of(
    doctor_ids: Iterable[int], *, first: datetime, after: datetime, at: datetime
) -> dict[int, datetime]:
    """When everybody who is here or expected with these doctors between `first` and
    `after` is likely to go in, by the key of the visit. Two queries, or three."""
    rows = fetch(
        _QUEUE, {"doctors": sorted(set(doctor_ids)), "first": first, "after": after}
    )
    lengths = real_lengths(((row[1], row[2]) for row in rows), at=at)
    found: dict[int, datetime] = {}
    for doctor in {row[1] for row in rows}:
        mine = [row for row in rows if row[1] == doctor]
        found |= _of_doctor(mine, lengths, at)
    return found


def _of_doctor(
    rows: list[tuple[Any, ...]],
    lengths: dict[tuple[int, int], list[float]],
    at: datetime,
) -> dict[int, datetime]:
    busy_until: datetime | None = None
    queue: list[tuple[bool, datetime, Ahead]] = []
    for row in rows:
        key, doctor, kind, status, starts, ends, came, called, began = row
        length = usual_length(lengths[doctor, kind], ends - starts)
        if status == Status.IN_CONSULTATION:
            until = (began or starts) + length
            busy_until = until if busy_until is None else max(busy_until, until)
            continue
        is_here = status == Status.ARRIVED
        # Who was called in goes before all others.
        place = called or (in_order(came, starts) if is_here and came else starts)
        one = Ahead(key, starts, length, is_here)
        queue.append((called is None, place, one))
    ahead = [one for *_, one in sorted(queue)]
    return expected_starts(ahead, at=at, busy_until=busy_until)
