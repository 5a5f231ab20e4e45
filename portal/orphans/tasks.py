"""Recurring jobs of this topic."""

from django.utils import timezone

from portal.orphans import services


def sweep_orphans() -> None:
    """Destroy files that no row names. Where there are too many it fails, so that
    somebody looks."""
    services.sweep_orphans(at=timezone.now())
