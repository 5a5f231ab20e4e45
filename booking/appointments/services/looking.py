"""The look before the lock: is what somebody wants plainly gone, or made already?

Whoever wants what hundreds want is told at once, not one after another. It is a part of
a statement (`LOOK`), so that an act that reads something first can do it all in one.
"""

from datetime import datetime
from typing import NamedTuple

from booking.appointments.models import Appointment
from booking.appointments.queries import lockable
from booking.availability.services import calendar_keys
from clinic.visit_types.models import Offering
from foundation.sql import fetch

# Reads before it locks, and locks nothing when the answer is plain. It wants a `wanted`
# before it: at most one row of key (idempotency), doctor_id, starts and ends (of the
# time that is busy), at, and calendars (the advisory locks, in their order).
LOOK = """
look AS MATERIALIZED (
  SELECT calendars,
         (SELECT id FROM booking_appointment WHERE idempotency_key = key) AS made,
         EXISTS (SELECT FROM booking_appointment a
                  WHERE a.doctor_id = wanted.doctor_id
                    AND a.busy_starts_at < wanted.ends
                    AND a.busy_ends_at > wanted.starts
                    AND a.busy_starts_at > wanted.starts - interval '1 day'
                    AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED',
                                     'IN_CONSULTATION')
                    AND NOT (a.status = 'HELD'
                             AND a.hold_expires_at <= wanted.at)) AS is_taken
    FROM wanted
), locked AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(calendar)
    FROM look, unnest(calendars) AS calendar
   WHERE made IS NULL AND NOT is_taken
), seen AS (
  SELECT made, is_taken, (SELECT count(*) FROM locked) AS locks,
         CASE WHEN made IS NULL AND NOT is_taken
              THEN nextval(pg_get_serial_sequence('booking_appointment', 'id'))
               END AS key
    FROM look
)
"""
# What `Look` is made of, from `seen`. The count is read for the locks to be taken.
SEEN = "seen.made, seen.is_taken, seen.key, seen.locks"

_LOOK = f"""
WITH wanted AS (
  SELECT %(key)s::uuid AS key, %(doctor)s::bigint AS doctor_id,
         %(starts)s::timestamptz AS starts, %(ends)s::timestamptz AS ends,
         %(at)s::timestamptz AS at, %(calendars)s::bigint[] AS calendars
), {LOOK}
SELECT {SEEN} FROM seen
"""  # noqa: S608 constants of ours  # nosec B608


class Look(NamedTuple):
    """What was seen before the wait for the locks; whoever has them looks again.

    `made` is the appointment that has the idempotency key already. With that and with
    a time that `is_taken` nothing is locked; else `key` is the new appointment's.
    """

    made: int | None
    is_taken: bool
    key: int | None


def look(draft: Appointment, offering: Offering, *, at: datetime) -> Look:
    """Look for `draft`'s time, and lock its calendars unless the answer is plain."""
    rows = fetch(
        _LOOK,
        {
            "key": draft.idempotency_key,
            "doctor": draft.doctor_id,
            "starts": draft.busy_starts_at,
            "ends": draft.busy_ends_at,
            "at": at,
            "calendars": calendar_keys(
                doctor_ids=[draft.doctor_id],
                **lockable(offering),
                patient_ids=[draft.patient_id] if draft.patient_id else [],
            ),
        },
    )
    return Look(*rows[0][:3])
