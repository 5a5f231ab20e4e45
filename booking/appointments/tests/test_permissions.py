"""Who may see, answer and change which appointment."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.appointments.permissions import visible_to
from booking.models import Appointment
from tests.factories.accounts import CareRelationFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, OfferingFactory

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 17, 10, tzinfo=UTC)

CAST = [
    "ann",
    "gus",
    "zoe",
    "dr_lee",
    "dr_roy",
    "nurse",
    "desk",
    "biller",
    "author",
    "editor",
    "reviewer",
    "medical_admin",
    "admin",
    "local_desk",
    "superuser",
]


@pytest.fixture
def canal():
    return LocationFactory()


@pytest.fixture
def superuser():
    return UserFactory(is_superuser=True)


@pytest.fixture
def local_desk(canal):
    """A receptionist of Canal Street only."""
    user = UserFactory()
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST, place=canal.place)
    return user


@pytest.fixture
def visits(ann, zoe, dr_lee, dr_roy, nurse, canal):
    """Ann with her Dr Lee, at Canal Street and elsewhere; Zoe with Dr Roy; a hold."""
    CareRelationFactory(patient=ann.patient, user=nurse)
    return {
        "ann with lee": AppointmentFactory(
            patient=ann.patient, doctor=dr_lee.doctor, location=canal
        ),
        "ann with a stranger": AppointmentFactory(
            patient=ann.patient, starts_at=TUESDAY
        ),
        "zoe with roy": AppointmentFactory(patient=zoe.patient, doctor=dr_roy.doctor),
        "hold of roy": AppointmentFactory(
            patient=None,
            doctor=dr_roy.doctor,
            starts_at=TUESDAY,
            status="HELD",
            hold_expires_at=TUESDAY,
        ),
    }


SEEN = {
    "ann": {"ann with lee", "ann with a stranger"},
    "gus": set(),
    "zoe": {"zoe with roy"},
    "dr_lee": {"ann with lee", "ann with a stranger"},
    "dr_roy": {"zoe with roy", "hold of roy"},
    "nurse": {"ann with lee", "ann with a stranger"},
    "desk": {"ann with lee", "ann with a stranger", "zoe with roy", "hold of roy"},
    "biller": {"ann with lee", "ann with a stranger", "zoe with roy", "hold of roy"},
    "author": set(),
    "editor": set(),
    "reviewer": set(),
    "medical_admin": {
        "ann with lee",
        "ann with a stranger",
        "zoe with roy",
        "hold of roy",
    },
    "admin": set(),
    "local_desk": {"ann with lee"},
    "superuser": set(),
}


@pytest.mark.parametrize("name", CAST)
def test_everybody_sees_exactly_their_visits_in_lists_and_one_by_one(
    name, visits, request
):
    user = request.getfixturevalue(name)
    by_row = {row: key for key, row in visits.items()}
    assert {by_row[row] for row in visible_to(user)} == SEEN[name]
    one_by_one = {
        key
        for key, row in visits.items()
        if user.has_perm("booking.view_appointment", row)
    }
    assert one_by_one == SEEN[name]


def test_strangers_and_leavers_see_nothing(visits, ann, desk):
    assert set(visible_to(AnonymousUser())) == set()
    for user in (ann, desk):
        user.is_active = False
        user.save()
        user = type(user).objects.get(pk=user.pk)
        assert set(visible_to(user)) == set()
        assert not user.has_perm("booking.view_appointment", visits["ann with lee"])


MAY = {
    "booking.cancel_appointment": {
        "ann",
        "dr_lee",
        "desk",
        "medical_admin",
        "local_desk",
    },
    "booking.approve_appointment": {"dr_lee", "medical_admin"},
    "booking.move_appointment": {"dr_lee", "desk", "medical_admin", "local_desk"},
    "booking.view_reason": {"ann", "dr_lee", "nurse"},
    "booking.book_for_patient": {"desk", "medical_admin", "local_desk"},
    "booking.grant_follow_up": {"desk", "medical_admin", "local_desk"},
}


@pytest.mark.parametrize("perm", MAY)
def test_only_these_may(perm, visits, request):
    visit = visits["ann with lee"]
    users = {name: request.getfixturevalue(name) for name in CAST}
    allowed = {name for name, user in users.items() if user.has_perm(perm, visit)}
    assert allowed == MAY[perm]


def test_the_desk_books_at_its_own_places(desk, local_desk, canal):
    here, there = OfferingFactory(location=canal), OfferingFactory()
    asked = [
        (user, offering) for user in (desk, local_desk) for offering in (here, there)
    ]
    allowed = [user.has_perm("booking.book_for_patient", row) for user, row in asked]
    assert allowed == [True, True, True, False]


def test_availability_is_the_doctors_own_and_the_administrations(dr_lee, request):
    users = {name: request.getfixturevalue(name) for name in CAST}
    allowed = {
        name
        for name, user in users.items()
        if user.has_perm("booking.manage_availability", dr_lee.doctor)
    }
    assert allowed == {"dr_lee", "medical_admin", "admin"}


def test_seeing_a_list_costs_no_query_a_row(visits, dr_lee, django_assert_num_queries):
    user = type(dr_lee).objects.get(pk=dr_lee.pk)
    with django_assert_num_queries(2):
        rows = list(visible_to(user))
    assert len(rows) == 2
    assert Appointment.objects.count() == 4
