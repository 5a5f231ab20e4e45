"""Closing a location asks first, and does nothing over the heads of those booked."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from booking.appointments.models import Status
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, OfferingFactory


@pytest.fixture
def offering(db):
    return OfferingFactory(location=LocationFactory(name="Quayside"))


def booked(offering, days=2, **fields):
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0)
    return AppointmentFactory(
        offering=offering, starts_at=starts_at + timedelta(days=days), **fields
    )


def close(client, location):
    address = reverse("workspace:location_close", args=[location.public_id])
    return client.post(address, follow=True)


def asked(client, location):
    address = reverse("workspace:location_close", args=[location.public_id])
    return client.get(address).text


def test_a_location_without_visits_is_closed_after_asking(client, admin, offering):
    location = offering.location
    # Over, and elsewhere.
    booked(offering, days=-2, status=Status.COMPLETED)
    booked(OfferingFactory())
    client.force_login(admin)
    assert "Close Quayside?" in asked(client, location)
    location.refresh_from_db()
    assert location.is_active
    assert "Quayside is closed" in close(client, location).text
    location.refresh_from_db()
    assert not location.is_active
    assert Entry.objects.filter(verb="location.closed", actor=admin).count() == 1
    offering.refresh_from_db()
    assert offering.is_active


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.REQUESTED, Status.ARRIVED])
def test_while_visits_are_booked_it_stays_open_and_says_how_many(
    client, admin, offering, status
):
    booked(offering, days=2, status=status)
    booked(offering, days=5)
    client.force_login(admin)
    page = asked(client, offering.location)
    assert "2 visits are booked at Quayside" in page
    # Whose they are is not the administrator's business.
    assert "Patient" not in page.partition("<main")[2]
    assert "Visits are booked here." in close(client, offering.location).text
    offering.location.refresh_from_db()
    assert offering.location.is_active
    assert not Entry.objects.filter(verb="location.closed").exists()


def test_a_cancelled_visit_is_in_nobodys_way(client, admin, offering):
    booked(offering, status=Status.CANCELLED)
    client.force_login(admin)
    close(client, offering.location)
    offering.location.refresh_from_db()
    assert not offering.location.is_active


def test_a_closed_location_has_nothing_to_close(client, admin, offering):
    offering.location.is_active = False
    offering.location.save()
    client.force_login(admin)
    assert close(client, offering.location).status_code == 404
