"""Jobs of moves: messages on what became of them, and the sweep of what lapsed."""

from collections.abc import Callable

from django.utils import timezone

from booking.appointments.models import Appointment
from booking.moves import services
from booking.moves.services import telling


def expire_moves() -> None:
    """Each minute: write down which requests nobody answered in time."""
    services.expire_moves(at=timezone.now())


def close_moves(appointment_id: int) -> None:
    """A visit was cancelled: what was asked for it is void."""
    appointment = Appointment.objects.filter(pk=appointment_id).first()
    if appointment is not None:
        services.close_moves(appointment=appointment, at=timezone.now())


def _tell(move_id: int, service: Callable[..., None]) -> None:
    move = telling.load(move_id)
    if move is not None:
        service(move=move, at=timezone.now())


def send_moved(move_id: int) -> None:
    """A visit has another time."""
    _tell(move_id, telling.tell_moved)


def send_handed_over(move_id: int) -> None:
    """A visit has another doctor."""
    _tell(move_id, telling.tell_handed_over)


def send_asked(move_id: int) -> None:
    """A patient asked for another time."""
    _tell(move_id, telling.tell_asked)


def send_declined(move_id: int) -> None:
    """The doctor said no."""
    _tell(move_id, telling.tell_declined)


def send_expired(move_id: int) -> None:
    """Nobody answered."""
    _tell(move_id, telling.tell_expired)
