"""Everything that decides on a doctor's free time, brought by one statement."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from accounts.patients.models import Patient
from booking.appointments.models import Appointment
from booking.availability.queries import CLOSURE, SOURCES, Sources
from foundation import periods
from foundation.periods import DAY, MINUTE, Period, seconds
from foundation.sql import fetch


class Facts(NamedTuple):
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
_FULL = CLOSURE + 4

_WANTED = """
WITH wanted AS MATERIALIZED (
  SELECT o.id, o.doctor_id, o.visit_type_id, o.location_id, o.room_id,
         v.duration_minutes,
         v.buffer_before_minutes, v.buffer_after_minutes, v.minimum_notice_minutes,
         v.horizon_days, v.booking_policy, o.most_a_day
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

_OFFERINGS = """
SELECT 5, w.id, w.doctor_id, w.location_id, w.room_id, NULL,
       ARRAY[w.duration_minutes, w.buffer_before_minutes, w.buffer_after_minutes,
             w.minimum_notice_minutes, w.horizon_days,
             (w.booking_policy = 'CALL')::int]::bigint[]
  FROM wanted w
"""
_BUSY_DOCTORS = """
SELECT 6, a.doctor_id, a.room_id, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.doctor_id = ANY(ARRAY(SELECT doctor_id FROM wanted))
"""
_BUSY_ROOMS = """
SELECT 6, NULL, a.room_id, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.room_id = ANY(ARRAY(SELECT room_id FROM wanted WHERE room_id IS NOT NULL))
   AND a.doctor_id <> ALL(ARRAY(SELECT doctor_id FROM wanted))
"""
_BUSY_PATIENT = """
SELECT 7, a.patient_id, NULL, date_part('epoch', a.starts_at)::bigint,
       date_part('epoch', a.ends_at)::bigint, NULL, NULL
  FROM booking_appointment a
 WHERE a.patient_id = %(patient)s::bigint
"""
# The days on which the doctor has as many of these visits there as they see on one. Of
# today's also those that are over count; of others none is.
_FULL_DAYS = """
SELECT 8, w.id, NULL, day.number, NULL, l.time_zone::text, NULL
  FROM wanted w
  JOIN clinic_location l ON l.id = w.location_id
  JOIN booking_appointment a ON a.doctor_id = w.doctor_id
       AND a.visit_type_id = w.visit_type_id AND a.location_id = w.location_id
 CROSS JOIN LATERAL (
       SELECT (a.starts_at AT TIME ZONE l.time_zone)::date - DATE '1970-01-01'
       ) AS day(number)
 WHERE w.most_a_day IS NOT NULL
   AND (a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION')
        AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
        AND a.busy_starts_at >= %(first)s::timestamptz
        AND a.busy_starts_at < %(last)s::timestamptz
        OR a.status = 'COMPLETED'
        AND a.starts_at > %(at)s::timestamptz - interval '1 day'
        AND a.starts_at < %(at)s::timestamptz + interval '1 day')
   AND a.id IS DISTINCT FROM %(besides)s::bigint
 GROUP BY w.id, w.most_a_day, l.time_zone, day.number
HAVING count(*) >= w.most_a_day
"""
_AND = "UNION ALL"
_CALENDAR = _WANTED + _AND.join(
    [
        SOURCES,
        _OFFERINGS,
        _BUSY_DOCTORS + _HOLDING,
        _BUSY_ROOMS + _HOLDING,
        _FULL_DAYS,
    ]
)
_CALENDAR_WITH_PATIENT = _AND.join([_CALENDAR, _BUSY_PATIENT + _HOLDING])


class Calendar:
    """What one statement brought, ready to be asked for one offering after another."""

    def __init__(self, rows: list[tuple[Any, ...]], first: int, last: int) -> None:
        self.facts: list[Facts] = []
        self._doctors: dict[int, list[Period]] = defaultdict(list)
        self._rooms: dict[int, list[Period]] = defaultdict(list)
        self.patient: list[Period] = []
        self._full: dict[int, list[Period]] = defaultdict(list)
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
            elif kind == _FULL:
                _, offering, _, day, _, zone, _ = row
                whole = (periods.day_start(zone, day), periods.day_start(zone, day + 1))
                self._full[offering].append(whole)
            else:
                sources.add(row)
        self._open = sources.expand(first, last)
        self._busy: dict[tuple[int, int | None], list[Period]] = {}

    def open_for(self, facts: Facts) -> list[Period]:
        """When the doctor sees patients there, not clipped to what was asked."""
        return self._open.get((facts.doctor, facts.location), [])

    def busy_for(self, facts: Facts) -> list[Period]:
        """When the doctor or the offering's room is taken, buffers included."""
        key = (facts.doctor, facts.room)
        if key not in self._busy:
            taken = self._doctors.get(facts.doctor, [])
            if facts.room is not None:
                taken = taken + self._rooms.get(facts.room, [])
            self._busy[key] = periods.union(taken)
        return self._busy[key]

    def full_for(self, facts: Facts) -> list[Period]:
        """The local days on which no more visits of this offering begin."""
        return self._full.get(facts.offering, [])

    def busy_without(self, facts: Facts, visit: Appointment) -> list[Period]:
        """The same without what `visit` holds of the room: nobody else has it then."""
        own = (seconds(visit.busy_starts_at), seconds(visit.busy_ends_at))
        room = self._rooms.get(facts.room or 0, [])
        if visit.room_id == facts.room:
            room = [period for period in room if period != own]
        return periods.union([*self._doctors.get(facts.doctor, []), *room])


def _facts(row: tuple[Any, ...]) -> Facts:
    _, offering, doctor, location, room, _, numbers = row
    length, before, after, notice, horizon, by_phone_only = numbers
    return Facts(
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


def load_calendar(
    offering_ids: list[int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    patient: Patient | None,
    besides: int | None = None,
) -> Calendar:
    """The calendar of these offerings from `after` until `until`, as of `at`. The visit
    with the key `besides` does not count for how many there are on a day.

    Offerings that are not on offer (any more) have no facts in it.
    """
    parameters: dict[str, Any] = {
        "offerings": offering_ids,
        "first": after - MARGIN,
        "last": until + MARGIN,
        "at": at,
        "besides": besides,
    }
    statement = _CALENDAR
    if patient is not None:
        statement = _CALENDAR_WITH_PATIENT
        parameters["patient"] = patient.pk
    rows = fetch(statement, parameters)
    return Calendar(rows, seconds(after - MARGIN), seconds(until + MARGIN))
