"""Visits and what became of them."""

from booking.appointments.models.history import StatusChange
from booking.appointments.models.states import (
    HOLD,
    HOLD_MINUTES,
    LIVE,
    Party,
    Status,
)
from booking.appointments.models.visits import Appointment, AppointmentQuerySet, Period

__all__ = [
    "HOLD",
    "HOLD_MINUTES",
    "LIVE",
    "Appointment",
    "AppointmentQuerySet",
    "Party",
    "Period",
    "Status",
    "StatusChange",
]
