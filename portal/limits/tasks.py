"""The job that clears up after counting."""

from django.utils import timezone

from portal.limits.services import forget_tallies as forget


def forget_tallies() -> None:
    """Delete what is no longer needed."""
    forget(at=timezone.now())
