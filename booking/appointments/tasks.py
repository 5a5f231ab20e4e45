"""Jobs of appointments: messages on what happened, and the sweep of what lapsed."""

from collections.abc import Callable

from django.utils import timezone

from booking.appointments.services import expire_lapsed as expire
from booking.appointments.services import telling


def expire_lapsed() -> None:
    """Each minute: write down which holds and requests have lapsed."""
    expire(at=timezone.now())


def _tell(appointment_id: int, service: Callable[..., None]) -> None:
    appointment = telling.load(appointment_id)
    if appointment is not None:
        service(appointment=appointment, at=timezone.now())


def send_requested(appointment_id: int) -> None:
    """A request was made."""
    _tell(appointment_id, telling.tell_requested)


def send_approved(appointment_id: int) -> None:
    """A time is reserved until it is paid."""
    _tell(appointment_id, telling.tell_approved)


def send_declined(appointment_id: int) -> None:
    """A request was turned down."""
    _tell(appointment_id, telling.tell_declined)


def send_confirmation(appointment_id: int) -> None:
    """A visit is booked."""
    _tell(appointment_id, telling.tell_confirmed)


def send_cancelled(appointment_id: int) -> None:
    """A visit is off."""
    _tell(appointment_id, telling.tell_cancelled)


def send_hold_expired(appointment_id: int) -> None:
    """A hold or a request lapsed."""
    _tell(appointment_id, telling.tell_expired)
