"""Whose feed an address opens, and what stands in it."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from icalendar import Calendar, Event

from booking.appointments.models import Appointment, Status
from booking.feeds.models import Feed
from foundation.formats import local

# What calendars are given: a look back, and as far ahead as anybody can book.
BEFORE, AFTER = timedelta(days=30), timedelta(days=400)
YEAR = timedelta(days=365)
# How often a calendar should come again; some heed it (RFC 7986, 5.7).
AGAIN = timedelta(hours=1)
_SHOWN = (
    Status.REQUESTED,
    Status.CONFIRMED,
    Status.ARRIVED,
    Status.IN_CONSULTATION,
    Status.COMPLETED,
)
_FIELDS = (
    "public_id",
    "sequence",
    "status",
    "updated_at",
    "starts_at",
    "ends_at",
    "location__name",
    "location__time_zone",
    "doctor__title",
    "doctor__last_name",
    "patient__first_name",
    "patient__last_name",
)


def digest(secret: str) -> str:
    """What stands in the table for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_at(secret: str) -> Feed | None:
    """The feed that this secret opens. Whose account is closed has none, nor has a
    doctor or nurse who works here no more, though they may be a patient still."""
    is_open = Q(doctor__user__is_active=True) | Q(patient__user__is_active=True)
    feeds = Feed.objects.select_related("doctor__user")
    feed = feeds.filter(is_open, digest=digest(secret)).first()
    if feed is None or feed.doctor is None:
        return feed
    user = feed.doctor.user
    may = user is not None and user.has_perm("booking.have_calendar")
    return feed if may else None


def feed_file(
    feed: Feed, *, clinic_name: str, host: str, url: str, at: datetime
) -> bytes:
    """The coming visits of the feed's owner as one iCalendar file, the same bytes as
    long as nothing changes.

    Without names it says "Visit" and where; with them, for patients with whom, and for
    doctors the patient's initials. Never what for, or which kind of visit. Times are
    the location's, with its zone's rules in the file; `url` is where to look, after
    signing in.
    """
    rows = Appointment.objects.filter(
        status__in=_SHOWN,
        starts_at__gte=at - BEFORE,
        starts_at__lt=at + AFTER,
        patient__isnull=False,
    )
    if feed.doctor_id is not None:
        rows = rows.filter(doctor=feed.doctor_id)
    else:
        rows = rows.filter(patient=feed.patient_id)
    calendar = Calendar()
    calendar.add("prodid", f"-//{clinic_name}//Feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", clinic_name)
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    visits = list(rows.order_by("starts_at", "pk").values_list(*_FIELDS, named=True))
    for visit in visits:
        calendar.add_component(_event(feed, visit, clinic_name, host, url))
    if visits:
        calendar.add_missing_timezones(
            first_date=visits[0].starts_at.date() - YEAR,
            last_date=visits[-1].starts_at.date() + YEAR,
        )
    return calendar.to_ical()


def _event(feed: Feed, visit: Any, clinic_name: str, host: str, url: str) -> Event:
    zone = visit.location__time_zone
    event = Event()
    # The entry of an invitation, where there is one, is the same visit.
    event.add("uid", f"{visit.public_id}@{host}")
    event.add("sequence", visit.sequence)
    event.add("dtstamp", visit.updated_at)
    event.add("dtstart", local(visit.starts_at, zone))
    event.add("dtend", local(visit.ends_at, zone))
    event.add("summary", _summary(feed, visit, clinic_name))
    event.add("location", visit.location__name)
    event.add("url", url)
    event.add("class", "PRIVATE")
    is_asked = visit.status == Status.REQUESTED
    event.add("status", "TENTATIVE" if is_asked else "CONFIRMED")
    return event


def _summary(feed: Feed, visit: Any, clinic_name: str) -> str:
    if feed.doctor_id is not None:
        names = (visit.patient__first_name, visit.patient__last_name)
        letters = " ".join(f"{name[:1].upper()}." for name in names if name)
        return f"Visit: {letters}" if feed.shows_names else "Visit"
    name = f"{visit.doctor__title} {visit.doctor__last_name}".strip()
    return f"Visit with {name}" if feed.shows_names else f"Visit at {clinic_name}"
