"""Free times: open periods less what holds time. Computed, never stored.

One statement brings everything that a calendar needs, whatever the number of doctors;
the arithmetic is `foundation.periods`.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from accounts.patients.models import Patient
from booking.availability.queries import CLOSURE, SOURCES, Pair, Sources
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import DAY, MINUTE, Period, moment, seconds
from foundation.sql import fetch

# Longer visits would leave most of a day's starts unoffered.
LONGEST_STEP = 60 * MINUTE
# The first look for the next free time. Whoever has none gets a second, longer one.
FIRST_LOOK = timedelta(days=10)
NEAR = timedelta(days=14)


class Slot(NamedTuple):
    """A time at which an offering can be booked; aware UTC, end exclusive.

    A tuple, because a page makes thousands.
    """

    starts_at: datetime
    ends_at: datetime
    offering_id: int
    doctor_id: int
    location_id: int


class _Facts(NamedTuple):
    """What the rules say about one offering; lengths in seconds."""

    offering: int
    doctor: int
    location: int
    room: int | None
    length: int
    before: int
    after: int
    notice: int
    horizon: int
    by_phone_only: bool


_OFFERING = CLOSURE + 1
_BUSY = CLOSURE + 2
_PATIENT_BUSY = CLOSURE + 3

_WANTED = """
WITH wanted AS MATERIALIZED (
  SELECT o.id, o.doctor_id, o.location_id, o.room_id, v.duration_minutes,
         v.buffer_before_minutes, v.buffer_after_minutes, v.minimum_notice_minutes,
         v.horizon_days, v.booking_policy
    FROM clinic_offering o
    JOIN clinic_visittype v ON v.id = o.visit_type_id AND v.is_active
    LEFT JOIN clinic_room r ON r.id = o.room_id
   WHERE o.id = ANY(%(offerings)s::bigint[]) AND o.is_active
     AND (o.room_id IS NULL OR r.is_active)
)
"""

# Loaded beyond what is asked, either side: a start inside the window belongs to a
# period that may begin and end outside of it.
MARGIN = timedelta(days=2)

# No visit is busy for longer than a day (a constraint), so the lower bound on its start
# lets a plain index on (doctor, start) find everything.
_HOLDING = """
   AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION')
   AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
   AND a.busy_starts_at >= %(first)s::timestamptz
   AND a.busy_starts_at < %(last)s::timestamptz - interval '1 day'
   AND a.busy_ends_at > %(first)s::timestamptz + interval '1 day'
"""

_CALENDAR = (
    _WANTED
    + SOURCES
    + """
UNION ALL
SELECT 5, w.id, w.doctor_id, w.location_id, w.room_id, NULL,
       ARRAY[w.duration_minutes, w.buffer_before_minutes, w.buffer_after_minutes,
             w.minimum_notice_minutes, w.horizon_days,
             (w.booking_policy = 'CALL')::int]::bigint[]
  FROM wanted w
UNION ALL
SELECT 6, a.doctor_id, a.room_id, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.doctor_id = ANY(ARRAY(SELECT doctor_id FROM wanted))
"""
    + _HOLDING
    + """
UNION ALL
SELECT 6, NULL, a.room_id, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.room_id = ANY(ARRAY(SELECT room_id FROM wanted WHERE room_id IS NOT NULL))
   AND a.doctor_id <> ALL(ARRAY(SELECT doctor_id FROM wanted))
"""
    + _HOLDING
)
_CALENDAR_WITH_PATIENT = (
    _CALENDAR
    + """
UNION ALL
SELECT 7, a.patient_id, NULL, date_part('epoch', a.starts_at)::bigint,
       date_part('epoch', a.ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.patient_id = %(patient)s::bigint
"""
    + _HOLDING
)


class _Calendar:
    """What one statement brought, ready to be asked for one offering after another."""

    def __init__(self, rows: list[tuple[Any, ...]], first: int, last: int) -> None:
        self.facts: list[_Facts] = []
        self._doctors: dict[int, list[Period]] = defaultdict(list)
        self._rooms: dict[int, list[Period]] = defaultdict(list)
        self.patient: list[Period] = []
        sources = Sources()
        for row in rows:
            kind = row[0]
            if kind == _BUSY:
                _, doctor, room, starts, ends, _, _ = row
                if doctor is not None:
                    self._doctors[doctor].append((starts, ends))
                if room is not None:
                    self._rooms[room].append((starts, ends))
            elif kind == _OFFERING:
                self.facts.append(_facts(row))
            elif kind == _PATIENT_BUSY:
                self.patient.append((row[3], row[4]))
            else:
                sources.add(row)
        self._open = sources.expand(first, last)
        self._busy: dict[tuple[int, int | None], list[Period]] = {}

    def open_for(self, facts: _Facts) -> list[Period]:
        pair: Pair = (facts.doctor, facts.location)
        return self._open.get(pair, [])

    def busy_for(self, facts: _Facts) -> list[Period]:
        key = (facts.doctor, facts.room)
        if key not in self._busy:
            taken = self._doctors.get(facts.doctor, [])
            if facts.room is not None:
                taken = taken + self._rooms.get(facts.room, [])
            self._busy[key] = periods.union(taken)
        return self._busy[key]


def _facts(row: tuple[Any, ...]) -> _Facts:
    _, offering, doctor, location, room, _, numbers = row
    length, before, after, notice, horizon, by_phone_only = numbers
    return _Facts(
        offering,
        doctor,
        location,
        room,
        length * MINUTE,
        before * MINUTE,
        after * MINUTE,
        notice * MINUTE,
        horizon * DAY,
        bool(by_phone_only),
    )


def _load(
    offering_ids: list[int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    patient: Patient | None,
) -> _Calendar:
    parameters: dict[str, Any] = {
        "offerings": offering_ids,
        "first": after - MARGIN,
        "last": until + MARGIN,
        "at": at,
    }
    statement = _CALENDAR
    if patient is not None:
        statement = _CALENDAR_WITH_PATIENT
        parameters["patient"] = patient.pk
    rows = fetch(statement, parameters)
    return _Calendar(rows, seconds(after - MARGIN), seconds(until + MARGIN))


def _starts(
    calendar: _Calendar,
    facts: _Facts,
    window: Period,
    now: int,
    for_desk: bool,
    limit: int | None,
) -> list[int]:
    """The seconds at which a visit of this offering can start in `window`."""
    first, last = window
    if for_desk:
        # Whoever stands at the desk may take a time that has just begun.
        first = max(first, now - facts.length + 1)
    elif facts.by_phone_only:
        return []
    else:
        first = max(first, now + facts.notice)
        last = min(last, now + facts.horizon)
    found = periods.starts(
        calendar.open_for(facts),
        calendar.busy_for(facts),
        length=facts.length,
        step=min(facts.before + facts.length + facts.after, LONGEST_STEP),
        before=facts.before,
        after=facts.after,
        window=(first, last),
        limit=None if calendar.patient else limit,
    )
    if not calendar.patient:
        return found
    # Buffers are the doctor's: a patient may walk from one visit into the next.
    mine, length = calendar.patient, facts.length
    return [s for s in found if not periods.overlaps(mine, (s, s + length))][:limit]


def _ids(offerings: Iterable[Offering | int]) -> list[int]:
    return [
        offering if isinstance(offering, int) else offering.pk for offering in offerings
    ]


def free_slots(
    offerings: Iterable[Offering | int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    limit: int | None = None,
    patient: Patient | None = None,
    for_desk: bool = False,
) -> dict[int, list[Slot]]:
    """The times that can be booked from `after` until before `until`, by offering id.

    Offerings are rows or ids; each has a key, with an empty list where nothing is free.
    `at` is now: it decides on notice, horizon and lapsed holds. With `limit` only the
    first so many of each; with `patient` nothing during their other visits; `for_desk`
    lifts notice, horizon and "by phone only". One query.
    """
    ids = _ids(offerings)
    found: dict[int, list[Slot]] = {pk: [] for pk in ids}
    if not ids or after >= until:
        return found
    calendar = _load(ids, after=after, until=until, at=at, patient=patient)
    window, now = (seconds(after), seconds(until)), _now(at)
    for facts in calendar.facts:
        begun = _starts(calendar, facts, window, now, for_desk, limit)
        length, rest = facts.length, (facts.offering, facts.doctor, facts.location)
        found[facts.offering] = [
            Slot(moment(start), moment(start + length), *rest) for start in begun
        ]
    return found


def _now(at: datetime) -> int:
    """`at` in seconds, rounded up: a time that has begun is not in the future."""
    return -int(-at.timestamp() // 1)


def next_free(
    offerings: Iterable[Offering | int],
    *,
    at: datetime,
    patient: Patient | None = None,
    for_desk: bool = False,
) -> dict[int, Slot]:
    """Each doctor's first free time over the given offerings, by doctor id.

    Doctors without any up to their horizon are left out. One query, and a second one
    if somebody has nothing within ten days.
    """
    ids = _ids(offerings)
    found: dict[int, Slot] = {}
    if not ids:
        return found
    until = at + FIRST_LOOK
    calendar = _load(ids, after=at, until=until, at=at, patient=patient)
    _take_first(calendar, (seconds(at), seconds(until)), _now(at), for_desk, found)
    late = [facts for facts in calendar.facts if facts.doctor not in found]
    horizon = max((facts.horizon for facts in late), default=0)
    last = at + timedelta(seconds=horizon)
    if last > until:
        rest = [facts.offering for facts in late]
        calendar = _load(rest, after=until, until=last, at=at, patient=patient)
        window = (seconds(until), seconds(last))
        _take_first(calendar, window, _now(at), for_desk, found)
    return found


def _take_first(
    calendar: _Calendar,
    window: Period,
    now: int,
    for_desk: bool,
    found: dict[int, Slot],
) -> None:
    """Put each doctor's first start in `window` into `found`."""
    best: dict[int, tuple[int, int, _Facts]] = {}
    for facts in calendar.facts:
        for start in _starts(calendar, facts, window, now, for_desk, 1):
            mine = (start, facts.offering, facts)
            best[facts.doctor] = min(best.get(facts.doctor, mine), mine)
    for doctor, (start, offering, facts) in best.items():
        ends_at = moment(start + facts.length)
        found[doctor] = Slot(moment(start), ends_at, offering, doctor, facts.location)


def slot_at(
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    patient: Patient | None = None,
    for_desk: bool = False,
) -> Slot | None:
    """The free time of `offering` that starts exactly at `starts_at`, or None."""
    found = free_slots(
        [offering],
        after=starts_at,
        until=starts_at + timedelta(seconds=1),
        at=at,
        patient=patient,
        for_desk=for_desk,
    )[offering.pk]
    return found[0] if found and found[0].starts_at == starts_at else None


def nearest_slots(
    offering: Offering,
    starts_at: datetime,
    *,
    at: datetime,
    limit: int = 5,
    patient: Patient | None = None,
    for_desk: bool = False,
) -> list[Slot]:
    """The free times nearest to `starts_at`, in order of time; two weeks either way."""
    found = free_slots(
        [offering],
        after=max(at, starts_at - NEAR),
        until=max(at, starts_at) + NEAR,
        at=at,
        patient=patient,
        for_desk=for_desk,
    )[offering.pk]
    near = sorted(found, key=lambda slot: abs(slot.starts_at - starts_at))[:limit]
    return sorted(near)
