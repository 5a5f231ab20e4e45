"""Changing when doctors can be booked. All times of day are the location's wall time.

A change never touches appointments: `appointments.queries.conflicts_of` lists what it
leaves outside the new hours.
"""

from booking.availability.services.exceptions import (
    add_extra_hours,
    add_time_off,
    remove_exception,
)
from booking.availability.services.locking import (
    calendar_keys,
    calendars_of,
    lock_calendars,
)
from booking.availability.services.refusals import (
    BreakOutside,
    EndsBeforeStart,
    ExtraHoursTooLong,
    HoursOverlap,
)
from booking.availability.services.weeks import Hours, set_working_hours

__all__ = [
    "BreakOutside",
    "EndsBeforeStart",
    "ExtraHoursTooLong",
    "Hours",
    "HoursOverlap",
    "add_extra_hours",
    "add_time_off",
    "calendar_keys",
    "calendars_of",
    "lock_calendars",
    "remove_exception",
    "set_working_hours",
]
