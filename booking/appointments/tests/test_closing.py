"""A place is closed only where nobody is booked."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.models import Status
from booking.appointments.queries import slot_at
from booking.appointments.services import VisitsBooked, close_unbooked_location
from tests.factories.booking import AppointmentFactory, open_offering

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def close(admin, location):
    close_unbooked_location(actor=admin, location=location, at=NOW)


def test_nothing_is_free_at_a_closed_place(admin):
    offering = open_offering()
    assert slot_at(offering, TEN, at=NOW) is not None
    close(admin, offering.location)
    assert slot_at(offering, TEN, at=NOW) is None


@pytest.mark.parametrize("minutes", [5, -5])
def test_a_time_that_is_held_counts_until_it_lapses(admin, minutes):
    offering = open_offering()
    AppointmentFactory(
        offering=offering,
        starts_at=TEN,
        patient=None,
        status=Status.HELD,
        hold_expires_at=NOW + timedelta(minutes=minutes),
    )
    if minutes > 0:
        with pytest.raises(VisitsBooked):
            close(admin, offering.location)
    else:
        close(admin, offering.location)
    offering.location.refresh_from_db()
    assert offering.location.is_active is (minutes > 0)
