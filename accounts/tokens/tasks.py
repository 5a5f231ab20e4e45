"""Recurring jobs of this topic."""

from django.utils import timezone

from accounts.tokens import services


def sweep_tokens() -> None:
    """Delete what has long been over."""
    services.sweep_tokens(at=timezone.now())
