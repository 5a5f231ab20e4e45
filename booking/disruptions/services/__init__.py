"""When a doctor's day does not go as booked: away, or running late."""

from booking.disruptions.services.away import carry_out, declare_away, end_absence
from booking.disruptions.services.late import (
    BadDelay,
    declare_late,
    end_delay,
)

__all__ = [
    "BadDelay",
    "carry_out",
    "declare_away",
    "declare_late",
    "end_absence",
    "end_delay",
]
