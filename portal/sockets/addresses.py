"""Where pages listen."""

from django.conf import settings

PREFIX = "/live/"


def address_of(kind: str, key: str = "") -> str:
    """The address of one socket; "" where the clinic runs none."""
    if not settings.LIVE_URL:
        return ""
    return f"{settings.LIVE_URL}{PREFIX}{kind}/{f'{key}/' if key else ''}"
