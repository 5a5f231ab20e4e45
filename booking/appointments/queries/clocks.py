"""The hour that was agreed, by the clock on the wall, and the one that it has become.

A visit's time is kept as an instant, and people come by the clock. Where a country
changes the rules of its clocks, or a location's zone is put right, the same instant is
another hour there. Nothing is moved for that by itself, since a whole day may have to
move at once or not at all: such visits are listed, and somebody settles each.
"""

from datetime import UTC, datetime, timedelta

from booking.appointments.models import Appointment
from foundation.formats import as_zone
from foundation.zones import offset_minutes


def is_off_clock(starts_at: datetime, clock_offset: int | None, zone: str) -> bool:
    """Whether the clock of `zone` shows another hour at `starts_at` than when the time
    was agreed. Of visits booked before that was written down nobody knows."""
    return clock_offset is not None and clock_offset != offset_minutes(starts_at, zone)


def agreed_start(appointment: Appointment) -> datetime:
    """The instant at which the clock at the location now shows the hour that was
    agreed; the start itself where nothing changed. Aware, UTC."""
    zone, offset = appointment.location.time_zone, appointment.clock_offset
    if offset is None or not is_off_clock(appointment.starts_at, offset, zone):
        return appointment.starts_at
    wall = appointment.starts_at.astimezone(UTC) + timedelta(minutes=offset)
    return wall.replace(tzinfo=as_zone(zone)).astimezone(UTC)
