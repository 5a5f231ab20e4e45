"""Who may give a visit another time."""

from typing import Any

from booking.appointments.models import Appointment
from booking.appointments.permissions import can_cancel
from foundation.permissions import predicate


@predicate("booking.change_time")
def can_change_time(user: Any, appointment: Appointment) -> bool:
    """Whoever may cancel it: the patient; for the clinic, the doctor and the desk."""
    return can_cancel(user, appointment)
