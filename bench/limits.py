"""The limits: bare SQL, written for one question each, straight through the driver.

Each knows less than the product has to: no exceptions, closures, notice, horizon, rooms
or buffers, one time zone, visits of half an hour. What it answers is the same.
"""

from datetime import datetime
from typing import Any

import psycopg
from django.db import connection

from bench.data import ZONE

_OPEN_LESS_BUSY = """
WITH opened AS (
  SELECT h.doctor_id,
         range_agg(tstzrange((d + h.starts_time) AT TIME ZONE %(zone)s,
                             (d + h.ends_time) AT TIME ZONE %(zone)s))
         - coalesce(range_agg(tstzrange((d + b.starts_time) AT TIME ZONE %(zone)s,
                                        (d + b.ends_time) AT TIME ZONE %(zone)s)),
                    '{}') AS periods
    FROM generate_series(%(first)s::date::timestamp, %(last)s::date::timestamp,
                         '1 day') AS d
    JOIN booking_workinghours h ON h.weekday = extract(isodow FROM d) - 1
                               AND h.doctor_id = ANY(%(doctors)s::bigint[])
    LEFT JOIN booking_break b ON b.working_hours_id = h.id
   GROUP BY h.doctor_id
), busy AS (
  SELECT doctor_id, range_agg(tstzrange(busy_starts_at, busy_ends_at)) AS periods
    FROM booking_appointment
   WHERE doctor_id = ANY(%(doctors)s::bigint[])
     AND busy_starts_at >= %(first)s::timestamptz - interval '1 day'
     AND busy_starts_at < %(last)s
     AND status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION')
   GROUP BY doctor_id
), free AS (
  SELECT o.doctor_id, s
    FROM opened o LEFT JOIN busy b USING (doctor_id),
         unnest(o.periods * tstzmultirange(tstzrange(%(first)s, %(last)s))
                - coalesce(b.periods, '{}')) AS gap,
         generate_series(lower(gap), upper(gap) - interval '30 minutes',
                         '30 minutes') AS s
)
"""
FREE_TIMES = f"{_OPEN_LESS_BUSY} SELECT doctor_id, s FROM free"  # noqa: S608
NEXT_FREE = f"{_OPEN_LESS_BUSY} SELECT doctor_id, min(s) FROM free GROUP BY doctor_id"  # noqa: S608

# Who waits for this doctor or a specialty of theirs on such a day, the longest first.
WAITING = """
SELECT e.id
  FROM booking_waitlistentry e
 WHERE e.status = 'ACTIVE'
   AND (e.doctor_id = %(doctor)s
        OR e.specialty_id IN (SELECT specialty_id FROM clinic_doctor_specialties
                               WHERE doctor_id = %(doctor)s))
   AND (e.weekdays = '{}' OR %(weekday)s = ANY(e.weekdays))
   AND (e.parts = '{}' OR %(part)s = ANY(e.parts))
   AND %(at)s::timestamptz + e.notice_hours * interval '1 hour'
       <= %(starts)s::timestamptz
   AND NOT EXISTS (SELECT FROM booking_offer o
                    WHERE o.entry_id = e.id AND o.status = 'OPEN')
   AND NOT EXISTS (SELECT FROM booking_appointment a
                    WHERE a.patient_id = e.patient_id
                      AND a.starts_at < %(starts)s::timestamptz + interval '30 minutes'
                      AND a.ends_at > %(starts)s
                      AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED',
                                       'IN_CONSULTATION'))
 ORDER BY e.joined_at, e.id
 LIMIT 50
"""

REMINDERS = """
INSERT INTO booking_reminder (appointment_id, lead, starts_at, outcome, created_at)
SELECT a.id, lead, a.starts_at, 'SENT', %(at)s
  FROM booking_appointment a
  JOIN clinic_location l ON l.id = a.location_id
 CROSS JOIN LATERAL (VALUES
   ('DAY_BEFORE', a.starts_at - interval '24 hours'),
   ('MORNING', ((a.starts_at AT TIME ZONE l.time_zone)::date + time '08:00')
               AT TIME ZONE l.time_zone),
   ('TWO_HOURS', a.starts_at - interval '2 hours')) AS due(lead, due_at)
 WHERE a.status = 'CONFIRMED' AND due_at <= %(at)s
   AND a.starts_at > %(at)s AND a.starts_at <= %(at)s::timestamptz + interval '1 day'
ON CONFLICT DO NOTHING
RETURNING id, appointment_id
"""


def ask(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a bare statement: prepared, in binary, without Django in between."""
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor.execute(statement, parameters).fetchall()


def free_times(
    doctors: list[int], first: datetime, last: datetime
) -> list[tuple[Any, ...]]:
    """(doctor id, start) of every free half hour between two instants."""
    return ask(FREE_TIMES, doctors=doctors, first=first, last=last, zone=ZONE)


def next_free(
    doctors: list[int], first: datetime, last: datetime
) -> list[tuple[Any, ...]]:
    """(doctor id, start) of the first free half hour of each doctor."""
    return ask(NEXT_FREE, doctors=doctors, first=first, last=last, zone=ZONE)
