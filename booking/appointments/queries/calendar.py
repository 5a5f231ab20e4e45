"""Everything that decides on a doctor's free time, brought by one statement."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from accounts.patients.models import Patient
from booking.appointments.models import Appointment
from booking.appointments.queries.fits import Facts, Fit, Fits
from booking.appointments.queries.resources import RESOURCES, ROOM
from booking.availability.queries import CLOSURE, SOURCES, Sources
from foundation import periods
from foundation.periods import DAY, MINUTE, Period, seconds
from foundation.sql import fetch

_OFFERING = CLOSURE + 1
_BUSY = CLOSURE + 2
_PATIENT_BUSY = CLOSURE + 3
_FULL = CLOSURE + 4

_WANTED = """
WITH wanted AS MATERIALIZED (
  SELECT o.id, o.doctor_id, o.visit_type_id, o.location_id, o.room_id,
         v.duration_minutes,
         v.buffer_before_minutes, v.buffer_after_minutes, v.minimum_notice_minutes,
         v.horizon_days, v.booking_policy, o.most_a_day,
         o.only_this_room, v.needs_room, v.needs_equipment,
         CASE WHEN o.room_id IS NULL THEN v.needs_room ELSE NOT o.only_this_room
          END AS has_choice
    FROM clinic_offering o
    JOIN clinic_visittype v ON v.id = o.visit_type_id AND v.is_active
    LEFT JOIN clinic_room r ON r.id = o.room_id
   WHERE o.id = ANY(%(offerings)s::bigint[]) AND o.is_active
     AND (o.room_id IS NULL OR r.is_active OR NOT o.only_this_room)
), rooms AS MATERIALIZED (
  SELECT id FROM clinic_room
   WHERE is_active
     AND (id = ANY(ARRAY(SELECT room_id FROM wanted WHERE room_id IS NOT NULL))
          OR id = ANY(%(rooms)s::bigint[])
          OR location_id = ANY(ARRAY(SELECT location_id FROM wanted WHERE has_choice)))
), pieces AS MATERIALIZED (
  SELECT id FROM clinic_equipment
   WHERE is_active
     AND location_id = ANY(ARRAY(SELECT location_id FROM wanted WHERE needs_equipment))
), kinds AS MATERIALIZED (
  SELECT DISTINCT visit_type_id AS id FROM wanted
   WHERE room_id IS NOT NULL OR needs_room OR needs_equipment
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
             (w.booking_policy = 'CALL')::int, w.visit_type_id,
             w.only_this_room::int, w.needs_room::int, w.needs_equipment::int]::bigint[]
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
 WHERE a.room_id = ANY(ARRAY(SELECT id FROM rooms))
   AND a.doctor_id <> ALL(ARRAY(SELECT doctor_id FROM wanted))
"""
_BUSY_EQUIPMENT = """
SELECT 15, NULL, NULL, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, a.equipment_ids::bigint[]
  FROM booking_appointment a
 WHERE EXISTS (SELECT FROM pieces)
   AND a.equipment_ids <> '{}'
   AND a.equipment_ids && ARRAY(SELECT id FROM pieces)
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
        _BUSY_EQUIPMENT + _HOLDING,
        RESOURCES,
        _FULL_DAYS,
    ]
)
_CALENDAR_WITH_PATIENT = _AND.join([_CALENDAR, _BUSY_PATIENT + _HOLDING])
# Where no room and no equipment is asked for. PostgreSQL prepares every part of a
# statement to run it, also those that bring nothing.
_DOCTORS = _WANTED + _AND.join(
    [SOURCES, _OFFERINGS, _BUSY_DOCTORS + _HOLDING, _FULL_DAYS]
)
_DOCTORS_WITH_PATIENT = _AND.join([_DOCTORS, _BUSY_PATIENT + _HOLDING])


class Calendar:
    """What one statement brought, ready to be asked for one offering after another."""

    def __init__(self, rows: list[tuple[Any, ...]], first: int, last: int) -> None:
        self.facts: list[Facts] = []
        self._doctors: dict[int, list[Period]] = defaultdict(list)
        self.patient: list[Period] = []
        self._full: dict[int, list[Period]] = defaultdict(list)
        self._busy: dict[tuple[int, int | None], list[Period]] = {}
        self._fits = Fits((first, last))
        sources = Sources()
        for row in rows:
            if row[0] < _OFFERING:
                sources.add(row)
            elif row[0] > _FULL:
                self._fits.add(row)
            else:
                self._add(row)
        self.facts = [one for one in self.facts if self._fits.suits(one)]
        self._open = sources.expand(first, last)

    def _add(self, row: tuple[Any, ...]) -> None:
        """Take in what is neither hours nor about rooms and equipment."""
        kind, subject, room, starts, ends, zone, _ = row
        if kind == _BUSY:
            if subject is not None:
                self._doctors[subject].append((starts, ends))
            if room is not None:
                self._fits.take((ROOM, room), (starts, ends))
        elif kind == _OFFERING:
            self.facts.append(_facts(row))
        elif kind == _PATIENT_BUSY:
            self.patient.append((starts, ends))
        else:
            begins = periods.day_start(zone, starts)
            whole = (begins, periods.day_start(zone, starts + 1))
            self._full[subject].append(whole)

    def open_for(self, facts: Facts) -> list[Period]:
        """When the doctor sees patients there, not clipped to what was asked."""
        return self._open.get((facts.doctor, facts.location), [])

    def busy_for(self, facts: Facts) -> list[Period]:
        """When the doctor or, where the offering has only one, the room is taken,
        buffers included. Where there is a choice, `fit` says the rest."""
        only = facts.room if facts.only_room else None
        key = (facts.doctor, only)
        if key not in self._busy:
            taken = self._doctors.get(facts.doctor, [])
            if only is not None:
                taken = taken + self._fits.busy((ROOM, only))
            self._busy[key] = periods.union(taken)
        return self._busy[key]

    def busy_doctor(self, facts: Facts) -> list[Period]:
        """When the doctor is taken, as it comes."""
        return self._doctors.get(facts.doctor, [])

    def fit(
        self, facts: Facts, start: int, own: Collection[Appointment] = ()
    ) -> Fit | None:
        """The room and equipment for a visit from the second `start` on; None where
        there are none. What the visits `own` have counts as free."""
        return self._fits.find(facts, start, own)

    def fit_in(self, facts: Facts, start: int, room_id: int | None) -> Fit | None:
        """The equipment for a visit in this room, which is not asked for anything."""
        room = self._fits.resources.rooms.get(room_id or 0)
        period = (start - facts.before, start + facts.length + facts.after)
        return self._fits.find_in(room, facts.visit_type, facts.location, period=period)

    def full_for(self, facts: Facts) -> list[Period]:
        """The local days on which no more visits of this offering begin."""
        return self._full.get(facts.offering, [])


def _facts(row: tuple[Any, ...]) -> Facts:
    _, offering, doctor, location, room, _, numbers = row
    length, before, after, notice, horizon, by_phone_only, visit_type = numbers[:7]
    only_room, needs_room, needs_equipment = numbers[7:]
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
        visit_type,
        bool(only_room),
        bool(needs_room),
        bool(needs_equipment),
    )


def load_calendar(
    offering_ids: list[int],
    *,
    after: datetime,
    until: datetime,
    at: datetime,
    patient: Patient | None,
    besides: int | None = None,
    rooms: Collection[int] = (),
    needs_nothing: bool = False,
) -> Calendar:
    """The calendar of these offerings from `after` until `until`, as of `at`. The visit
    with the key `besides` does not count for how many there are on a day. `rooms` are
    looked at besides those that the offerings may have. With `needs_nothing` none of
    the offerings has a room or needs one, nor equipment; of one that does, nothing is
    found.

    Offerings that are not on offer (any more) have no facts in it.
    """
    parameters: dict[str, Any] = {
        "offerings": offering_ids,
        "first": after - MARGIN,
        "last": until + MARGIN,
        "at": at,
        "besides": besides,
        "rooms": list(rooms),
    }
    statement = _DOCTORS if needs_nothing else _CALENDAR
    if patient is not None:
        statement = _DOCTORS_WITH_PATIENT if needs_nothing else _CALENDAR_WITH_PATIENT
        parameters["patient"] = patient.pk
    rows = fetch(statement, parameters)
    calendar = Calendar(rows, seconds(after - MARGIN), seconds(until + MARGIN))
    if needs_nothing:
        # What one of them needs since it was read, is not known here.
        calendar.facts = [one for one in calendar.facts if not one.needs_anything]
    return calendar
