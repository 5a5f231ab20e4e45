"""The statements that bring a calendar, and the kinds of rows in them besides those of
`booking.availability` and of rooms and equipment."""

from booking.appointments.queries.resources import RESOURCES
from booking.availability.queries import CLOSURE, SOURCES

OFFERING = CLOSURE + 1
BUSY = CLOSURE + 2
PATIENT_BUSY = CLOSURE + 3
FULL = CLOSURE + 4

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
CALENDAR = _WANTED + _AND.join(
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
CALENDAR_WITH_PATIENT = _AND.join([CALENDAR, _BUSY_PATIENT + _HOLDING])
# Where no room and no equipment is asked for. PostgreSQL prepares every part of a
# statement to run it, also those that bring nothing.
DOCTORS = _WANTED + _AND.join(
    [SOURCES, _OFFERINGS, _BUSY_DOCTORS + _HOLDING, _FULL_DAYS]
)
DOCTORS_WITH_PATIENT = _AND.join([DOCTORS, _BUSY_PATIENT + _HOLDING])
