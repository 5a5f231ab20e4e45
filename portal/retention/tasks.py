"""The nightly job of retention."""

from django.utils import timezone

from portal.retention import services


def apply_retention() -> None:
    """Dispose of what is kept no longer."""
    services.apply_retention(at=timezone.now())
