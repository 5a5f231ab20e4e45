"""Jobs of visits outside the hours."""

from django.utils import timezone

from booking.strays.services import telling


def send_offered(decision_id: int) -> None:
    """A patient is asked to choose another time."""
    decision = telling.load(decision_id)
    if decision is not None:
        telling.tell_offered(decision=decision, at=timezone.now())
