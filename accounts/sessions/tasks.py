"""The job that clears up after sessions."""

from django.utils import timezone

from accounts.sessions.services import sweep_sessions as sweep


def sweep_sessions() -> None:
    """Delete what nobody needs any more."""
    sweep(at=timezone.now())
