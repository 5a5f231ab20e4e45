"""Making, renewing and ending a feed."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import Patient
from audit.entries.models import Action, Category
from audit.services import record
from booking.feeds.models import Feed
from booking.feeds.queries import digest
from clinic.doctors.models import Doctor

# How often it is written down that an address was read.
A_WHILE = timedelta(minutes=10)


@transaction.atomic
def make_feed(
    *,
    actor: Any,
    patient: Patient | None = None,
    doctor: Doctor | None = None,
    shows_names: bool,
    at: datetime,
) -> str:
    """Make a feed for a patient or a doctor, or a new secret for the one there is;
    returns the secret, which nobody can see again. The address before it is void."""
    secret = secrets.token_urlsafe(32)
    feed, _ = Feed.objects.update_or_create(
        patient=patient,
        doctor=doctor,
        defaults={
            "digest": digest(secret),
            "shows_names": shows_names,
            "made_at": at,
            "last_read_at": None,
        },
    )
    record(
        actor=actor,
        verb="feed.made",
        subject=feed,
        patient=patient,
        detail={"names": shows_names},
    )
    return secret


@transaction.atomic
def end_feed(*, actor: Any, feed: Feed) -> None:
    """Close the address for good."""
    record(actor=actor, verb="feed.ended", subject=feed, patient=_patient(feed))
    feed.delete()


@transaction.atomic
def note_reading(*, feed: Feed, at: datetime) -> None:
    """Write down, once in a while, that the address was read: calendars come every few
    minutes, and show the same."""
    rows = Feed.objects.filter(pk=feed.pk)
    fresh = rows.filter(Q(last_read_at=None) | Q(last_read_at__lte=at - A_WHILE))
    if not fresh.update(last_read_at=at):
        return
    record(
        actor=None,
        verb="feed.read",
        subject=feed,
        patient=_patient(feed),
        detail={"names": feed.shows_names},
        action=Action.VIEW,
        category=Category.APPOINTMENTS,
    )


def _patient(feed: Feed) -> Patient | None:
    """For the log, which wants only the key."""
    return Patient(pk=feed.patient_id) if feed.patient_id else None
