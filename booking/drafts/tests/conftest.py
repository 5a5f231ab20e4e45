"""A clinic that can be booked: Dr Calloway, Mondays to Fridays 9:00 to 17:00."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import timezone

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


class Clock:
    """What views take for now; tests set it."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def practice(db, clock):
    """General practice at Canal Street; `offer` makes something to book there."""
    specialty = SpecialtyFactory(name="General practice", plain_name="GP", slug="gp")
    location = LocationFactory(name="Canal Street", slug="canal-street")

    class Practice:
        def doctor(self, last_name, **fields):
            slug = f"dr-{last_name.lower()}"
            doctor = DoctorFactory(
                first_name="Ines", last_name=last_name, slug=slug, **fields
            )
            doctor.specialties.add(specialty)
            self.hours(doctor)
            return doctor

        def hours(self, doctor, at=location, days=range(5), start=9, end=17):
            for day in days:
                WorkingHoursFactory(
                    doctor=doctor,
                    location=at,
                    weekday=day,
                    starts_time=time(start),
                    ends_time=time(end),
                    valid_from=date(2026, 1, 1),
                )

        def offer(self, doctor, *traits, at=location, **fields):
            fields.setdefault("slug", "gp-visit")
            fields.setdefault("name", "GP visit")
            kind = VisitTypeFactory(**dict.fromkeys(traits, True), **fields)
            return OfferingFactory(doctor=doctor, visit_type=kind, location=at)

    Practice.specialty, Practice.location = specialty, location
    return Practice()


@pytest.fixture
def calloway(practice):
    return practice.doctor("Calloway")


@pytest.fixture
def free_visit(practice, calloway):
    """Dr Calloway's free visit, confirmed at once."""
    return practice.offer(calloway, "free")
