"""The job that clears up after codes that were sent."""

from django.utils import timezone

from accounts.factors.services import forget_codes as forget


def forget_codes() -> None:
    """Delete what works no longer, with the addresses it went to."""
    forget(at=timezone.now())
