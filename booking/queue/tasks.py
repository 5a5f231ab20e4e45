"""Jobs of the day: who never came, and the text that the doctor is ready."""

from django.utils import timezone

from booking.queue import services


def mark_overdue() -> None:
    """Each minute: what nobody checked in to."""
    services.mark_overdue(at=timezone.now())


def send_called(turn_id: int) -> None:
    """Somebody was called in."""
    services.tell_called(turn_id=turn_id, at=timezone.now())
