"""Visits and what became of them."""

from booking.appointments.models.history import StatusChange
from booking.appointments.models.visits import (
    HOLD,
    HOLD_MINUTES,
    LIVE,
    Appointment,
    AppointmentQuerySet,
    Party,
    Period,
    Status,
)

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
