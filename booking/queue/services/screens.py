"""Hanging displays up and taking them down."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from booking.appointments.services import day_topic
from booking.queue.models import Screen
from booking.queue.queries import hash_key
from clinic.locations.models import Location
from foundation.live import announce


@transaction.atomic
def make_screen(
    *, actor: Any, location: Location, name: str, at: datetime
) -> tuple[Screen, str]:
    """A display, and the key of its address: told once, and kept as a hash only."""
    key = secrets.token_urlsafe(32)
    screen = Screen.objects.create(
        location=location, name=name, key_hash=hash_key(key), made_at=at, made_by=actor
    )
    record(actor=actor, verb="screen.made", subject=screen, category=Category.SETTINGS)
    return screen, key


@transaction.atomic
def end_screen(*, actor: Any, screen: Screen, at: datetime) -> None:
    """Its address opens nothing any more. Ending it twice changes nothing."""
    ended = Screen.objects.filter(pk=screen.pk, ended_at=None).update(ended_at=at)
    if ended:
        record(
            actor=actor,
            verb="screen.ended",
            subject=screen,
            category=Category.SETTINGS,
        )
        # It asks, and is told that it is over.
        announce(day_topic(screen.location_id))
