"""What else happens in the chaos: people wait, staff overbook and close calendars."""

import random
import uuid
from datetime import datetime, timedelta

from booking.appointments import services
from booking.availability.services import add_time_off
from booking.imports.services import keep_busy_times, remove_calendar
from booking.models import ImportedCalendar, Offer, WaitlistEntry
from booking.waitlist import services as waitlist
from foundation.errors import Refused
from foundation.periods import seconds


def wait(clinic, pick: random.Random, at: datetime) -> None:
    offering = pick.choice(clinic.offerings)
    waitlist.join_waitlist(
        actor=None,
        patient=pick.choice(clinic.patients),
        visit_type=offering.visit_type,
        doctor=offering.doctor,
        wishes=waitlist.Wishes(notice_hours=0),
        at=at,
        by_desk=True,
    )


def wait_for_sooner(clinic, pick: random.Random, at: datetime) -> None:
    visit = clinic.any_visit(pick)
    entry = waitlist.wait_for_sooner(
        actor=visit.patient and visit.patient.user, visit=visit, at=at
    )
    WaitlistEntry.objects.filter(pk=entry.pk).update(notice_hours=0)


def sweep_waitlist(clinic, pick: random.Random, at: datetime) -> None:
    waitlist.sweep_waitlist(at=at)


def answer_offer(clinic, pick: random.Random, at: datetime) -> None:
    """Any offer, open or not; mostly yes."""
    offers = list(Offer.objects.order_by("pk"))
    if not offers:
        raise Refused
    verb = pick.choice([waitlist.accept_offer] * 3 + [waitlist.decline_offer])
    verb(actor=None, offer=pick.choice(offers), at=at, by_link=True)


def leave_list(clinic, pick: random.Random, at: datetime) -> None:
    entries = list(WaitlistEntry.objects.order_by("pk"))
    if not entries:
        raise Refused
    waitlist.leave_waitlist(actor=None, entry=pick.choice(entries), at=at)


def overbook(clinic, pick: random.Random, at: datetime) -> None:
    offering = pick.choice(clinic.offerings)
    services.overbook(
        actor=None,
        patient=pick.choice(clinic.patients),
        offering=offering,
        starts_at=clinic.any_start(pick),
        room=pick.choice([offering.room, None]),
        reason="",
        why="Acute",
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )


def block(clinic, pick: random.Random, at: datetime) -> None:
    """A doctor is away for a while; what is booked stays."""
    starts_at = clinic.any_start(pick)
    add_time_off(
        actor=None,
        doctor=pick.choice(clinic.offerings).doctor,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=pick.choice([10, 30])),
        reason="",
    )


def read_outside(clinic, pick: random.Random, at: datetime) -> None:
    """A doctor's calendar outside says something else than before; what is booked
    stays."""
    doctor = pick.choice(clinic.offerings).doctor
    calendar = ImportedCalendar.objects.filter(doctor=doctor).first()
    if calendar is None:
        calendar = ImportedCalendar.objects.create(
            doctor=doctor, name="Outside", address="https://example.org/", due_at=at
        )
    begins = seconds(clinic.any_start(pick))
    keep_busy_times(
        calendar=calendar,
        found=[(begins, begins + 60 * pick.choice([10, 30]))],
        skipped=0,
        etag="",
        reach=at + timedelta(days=90),
        at=at,
    )


def forget_outside(clinic, pick: random.Random, at: datetime) -> None:
    rows = list(ImportedCalendar.objects.order_by("pk"))
    if not rows:
        raise Refused
    remove_calendar(actor=None, calendar=pick.choice(rows))
