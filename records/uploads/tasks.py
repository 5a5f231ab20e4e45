"""Recurring jobs of this topic."""

from django.utils import timezone

from records.uploads import services


def sweep_uploads() -> None:
    """Destroy what nobody goes on with."""
    services.sweep_uploads(at=timezone.now())
