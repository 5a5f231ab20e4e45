"""A clinic with one location, where Dr Lee sees Ann today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from booking.appointments.models import Status
from foundation.formats import local
from tests.factories.booking import AppointmentFactory, WorkingHoursFactory
from tests.factories.clinic import LocationFactory, OfferingFactory, VisitTypeFactory


@pytest.fixture
def location(db):
    return LocationFactory(name="Canal Street")


@pytest.fixture
def offering(dr_lee, location):
    """Dr Lee offers a free half hour, every day, round the clock."""
    for weekday in range(7):
        WorkingHoursFactory(
            doctor=dr_lee.doctor,
            location=location,
            weekday=weekday,
            starts_time="00:00",
            ends_time="23:59",
        )
    return OfferingFactory(
        doctor=dr_lee.doctor,
        location=location,
        visit_type=VisitTypeFactory(free=True, name="GP visit"),
    )


@pytest.fixture
def make_visit(ann, dr_lee, location):
    """Make a visit of Ann's with Dr Lee; today at the given hour unless told more."""

    def make(hour=9, *, days=0, **fields):
        zone = location.time_zone
        today = local(timezone.now(), zone)
        start = today.replace(hour=hour, minute=0, second=0, microsecond=0)
        return AppointmentFactory(
            **{
                "patient": ann.patient,
                "doctor": dr_lee.doctor,
                "location": location,
                "starts_at": start + timedelta(days=days),
                "status": Status.CONFIRMED,
                "reason": "Secret reason",
                **fields,
            }
        )

    return make
