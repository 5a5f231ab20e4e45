"""All locations on one page, in numbers."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment
from audit.models import Entry
from booking.appointments.models import Status
from portal.dashboards.oversight.queries import overseen_by, sites
from tests.factories.accounts import UserFactory
from tests.factories.booking import AppointmentFactory, DisruptionFactory
from tests.factories.clinic import LocationFactory, RoomFactory
from tests.factories.queue import TurnFactory

PAGE = reverse("workspace:oversight")


@pytest.fixture
def now():
    return timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)


@pytest.fixture
def place(db):
    return LocationFactory(name="Quayside")


def visit(place, at, **fields):
    return AppointmentFactory(location=place, starts_at=at, **fields)


def test_each_location_counts_its_own_day(place, now):
    other = LocationFactory(name="Uptown")
    visit(place, now + timedelta(hours=1))
    visit(place, now + timedelta(days=1))
    visit(place, now, status=Status.IN_CONSULTATION)
    visit(place, now, status=Status.COMPLETED)
    visit(place, now, status=Status.MISSED)
    visit(place, now, status=Status.CANCELLED)
    visit(place, now + timedelta(days=3), status=Status.REQUESTED)
    here = visit(place, now - timedelta(minutes=20), status=Status.ARRIVED)
    TurnFactory(
        appointment=here, location=place, checked_in_at=now - timedelta(minutes=50)
    )
    called = visit(place, now - timedelta(minutes=40), status=Status.ARRIVED)
    TurnFactory(
        appointment=called,
        location=place,
        number="K48",
        checked_in_at=now - timedelta(minutes=50),
        called_at=now,
    )
    visit(other, now, status=Status.COMPLETED)
    one, two = sites([place, other], at=now)
    assert (one.expected, one.waiting, one.inside, one.done, one.missed) == (
        1, 1, 2, 1, 1,
    )  # fmt: skip
    # Who came early waits from the time of their visit on.
    assert (one.longest, one.asked) == (20, 1)
    assert (two.expected, two.waiting, two.longest, two.done) == (0, 0, None, 1)


def test_what_is_to_see_to_is_counted_where_it_is(place, now):
    other = LocationFactory()
    closed = RoomFactory(location=place, is_active=False)
    # None of these doctors has hours, and one has a room that is closed.
    visit(place, now + timedelta(days=2), room=closed)
    visit(other, now + timedelta(days=2))
    one, two = sites([place, other], at=now)
    assert (one.strays, one.misfits) == (1, 1)
    assert (two.strays, two.misfits) == (1, 0)


def test_patients_of_a_cancelled_day_are_counted_until_they_are_settled(place, now):
    other = LocationFactory()
    here, there = visit(place, now + timedelta(days=2)), visit(other, now)
    for one in (here, there):
        DisruptionFactory(
            doctor=one.doctor,
            location=place,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            made_at=timezone.now(),
        )
    one, two = sites([place, other], at=now)
    assert (one.unsettled, two.unsettled) == (1, 0)


def test_who_answers_for_one_location_sees_that_one(client, place):
    other = LocationFactory(name="Uptown")
    boss = UserFactory()
    RoleAssignment.objects.create(user=boss, role="MEDICAL_ADMIN", place=place.place)
    assert list(overseen_by(boss)) == [place]
    client.force_login(boss)
    page = client.get(PAGE).text
    assert place.name in page
    assert other.name not in page


def test_numbers_name_nobody_and_read_nobody(client, medical_admin, place, now):
    shown = visit(place, now)
    client.force_login(medical_admin)
    page = client.get(PAGE).text
    assert place.name in page
    assert shown.patient.last_name not in page
    assert not Entry.objects.filter(
        verb__startswith="data.", patient_id=shown.patient_id
    ).exists()


def test_the_desk_has_no_such_page(client, desk, place):
    client.force_login(desk)
    assert client.get(PAGE).status_code in (403, 404)
