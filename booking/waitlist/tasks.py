"""Jobs of the waiting list."""

from django.utils import timezone

from booking.moves.models import Move
from booking.waitlist import services


def sweep_waitlist() -> None:
    """Each minute: find freed times, pass on what nobody answered, end what is over."""
    services.sweep_waitlist(at=timezone.now())


def offer_freed_time(appointment_id: int) -> None:
    """A visit was given up: offer its time at once. The sweep finds it otherwise."""
    at = timezone.now()
    services.offer_all(services.find_freed(at=at, appointment_id=appointment_id), at=at)


def offer_next(freed_id: int) -> None:
    """Somebody said no or left: on to the next."""
    services.offer_all([freed_id], at=timezone.now())


def offer_time_left(move_id: int) -> None:
    """A visit moved, or did not move to what was kept for it: offer what it left."""
    move = Move.objects.filter(pk=move_id).first()
    if move is not None:
        offer_freed_time(move.appointment_id)
