"""Another room and other equipment for a visit that is booked."""

from collections.abc import Collection
from datetime import datetime, timedelta

from booking.appointments.models import Appointment
from booking.appointments.queries.fits import Facts, Fit, Fits, busy_period
from booking.appointments.queries.resources import RESOURCES
from foundation.periods import seconds
from foundation.sql import fetch

DAY = timedelta(days=1)

_HERE = """
WITH rooms AS MATERIALIZED (
  SELECT id FROM clinic_room WHERE location_id = ANY(%(locations)s::bigint[])
), pieces AS MATERIALIZED (
  SELECT id FROM clinic_equipment WHERE location_id = ANY(%(locations)s::bigint[])
), kinds AS MATERIALIZED (
  SELECT id FROM clinic_visittype
)
"""
_BUSY = """
UNION ALL
SELECT 15, a.room_id, NULL, date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint, NULL, a.equipment_ids::bigint[]
  FROM booking_appointment a
 WHERE a.location_id = ANY(%(locations)s::bigint[])
   AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION')
   AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
   AND a.starts_at > %(first)s::timestamptz - interval '1 day'
   AND a.starts_at < %(last)s::timestamptz + interval '1 day'
   AND (a.room_id IS NOT NULL OR a.equipment_ids <> '{}')
"""
_ALL = _HERE + RESOURCES + _BUSY


def fits_at(
    location_ids: Collection[int],
    *,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
) -> Fits:
    """Every room and piece of equipment of the locations, open or closed, with who has
    them in the window. One query."""
    parameters = {
        "locations": list(location_ids),
        "first": starts_at - DAY,
        "last": ends_at + DAY,
        "at": at,
    }
    fits = Fits((seconds(starts_at - DAY), seconds(ends_at + DAY)))
    for row in fetch(_ALL, parameters):
        fits.add(row)
    return fits


def fit_of(visit: Appointment, fits: Fits, *, is_live: bool = True) -> Fit | None:
    """A room and equipment that fit a booked visit at its own time: its own room first,
    if that will do, then any of its location, also where its doctor has one alone for
    new bookings; None where nothing does. Without `is_live` it has given its own back
    already. Its visit type comes with it."""
    starts, ends = busy_period(visit)
    facts = Facts(
        offering=0,
        doctor=visit.doctor_id,
        location=visit.location_id,
        room=visit.room_id,
        length=ends - starts,
        before=0,
        after=0,
        notice=0,
        horizon=0,
        by_phone_only=False,
        visit_type=visit.visit_type_id,
        only_room=False,
        needs_room=visit.visit_type.needs_room,
        needs_equipment=visit.visit_type.needs_equipment,
    )
    return fits.find(facts, starts, [visit] if is_live else [])


def equipment_in(visit: Appointment, room_id: int, fits: Fits) -> Fit | None:
    """The equipment for a booked visit in another room; None where it cannot all be
    there then."""
    room = fits.resources.rooms.get(room_id)
    return fits.find_in(
        room,
        visit.visit_type_id,
        visit.location_id,
        period=busy_period(visit),
        own=[visit],
    )
