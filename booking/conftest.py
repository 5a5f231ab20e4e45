"""What the tests of booking share."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from tests.factories.booking import WorkingHoursFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)

# A Thursday morning.
NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def heard(settings, db):
    """The events published so far, in order, as (event, appointment id)."""
    settings.EVENT_SUBSCRIPTIONS = {
        event: [f"{event}.job"] for event in settings.EVENT_SUBSCRIPTIONS
    }

    def events():
        tasks = [queued.task for queued in OrmQ.objects.order_by("pk")]
        return [
            (task["func"].split(".")[1], task["kwargs"]["appointment_id"])
            for task in tasks
        ]

    return events


@pytest.fixture
def clock(monkeypatch):
    """What views take for now: a Thursday morning, until a test sets `clock.at`."""

    class Clock:
        at = NOW

        def __call__(self):
            return self.at

    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


class Practice:
    """General practice at Canal Street, where doctors work from 9 to 5 on weekdays."""

    def __init__(self):
        self.specialty = SpecialtyFactory(
            name="General practice", plain_name="General practice", slug="gp"
        )
        self.location = LocationFactory(name="Canal Street", slug="canal-street")

    def doctor(self, last_name, *, specialty=None, works=True, **fields):
        fields.setdefault("first_name", "Ines")
        fields.setdefault("slug", f"dr-{last_name.lower()}")
        doctor = DoctorFactory(last_name=last_name, **fields)
        doctor.specialties.add(specialty or self.specialty)
        if works:
            self.hours(doctor)
        return doctor

    def hours(self, doctor, *, location=None, days=range(5), start=9, end=17):
        for day in days:
            WorkingHoursFactory(
                doctor=doctor,
                location=location or self.location,
                weekday=day,
                starts_time=time(start),
                ends_time=time(end),
                valid_from=date(2026, 1, 1),
            )

    def kind(self, *traits, **fields):
        fields.setdefault("slug", "gp-visit")
        fields.setdefault("name", "GP visit")
        return VisitTypeFactory(**dict.fromkeys(traits, True), **fields)

    def offer(self, doctor, *traits, location=None, kind=None, **fields):
        return OfferingFactory(
            doctor=doctor,
            visit_type=kind or self.kind(*traits, **fields),
            location=location or self.location,
        )


@pytest.fixture
def practice(db, clock):
    return Practice()


@pytest.fixture
def calloway(practice):
    return practice.doctor("Calloway")


@pytest.fixture
def free_visit(practice, calloway):
    """Dr Calloway's free visit of half an hour, booked at once."""
    return practice.offer(calloway, "free")
