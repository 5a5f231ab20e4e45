"""Jobs of the drafts."""

from django.utils import timezone

from booking.drafts import services


def sweep_drafts() -> None:
    """Delete drafts a day after their last change."""
    services.sweep_drafts(at=timezone.now())
