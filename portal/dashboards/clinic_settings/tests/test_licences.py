"""A licence that is over stops new bookings, and touches no visit."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from booking.appointments.models import Status
from booking.appointments.queries import (
    free_slots,
    next_free,
    outside_hours,
    slot_at,
)
from clinic.credentials.queries import clinic_today
from clinic.credentials.services import end_credential, save_credential
from clinic.credentials.tasks import warn_of_ends
from clinic.models import Credential
from notifications.models import Delivery
from portal.dashboards.clinic_settings.queries import licensed
from tests.factories.accounts import UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.jobs import run_jobs

PAGE = "workspace:licences"


@pytest.fixture
def offering(dr_lee):
    return open_offering(doctor=dr_lee.doctor)


@pytest.fixture
def licence(dr_lee):
    """licence(days): one of Dr Lee's that ends in so many days; None is never."""

    def make(days, **fields):
        today = clinic_today(timezone.now())
        return Credential.objects.create(
            user=dr_lee,
            kind=fields.get("kind", "LICENCE"),
            number="1",
            issuer="GMC",
            country="GB",
            valid_until=None if days is None else today + timedelta(days=days),
        )

    return make


def times(offering, **given):
    at = timezone.now()
    until = at + timedelta(days=14)
    return free_slots([offering], after=at, until=until, at=at, **given)[offering.pk]


def renewed(actor, row, days):
    until = clinic_today(timezone.now()) + timedelta(days=days)
    save_credential(
        actor=actor, user=row.user, credential=row, at=timezone.now(), valid_until=until
    )


@pytest.mark.parametrize("days", [None, 1, 0])
def test_while_it_holds_everything_can_be_booked(offering, licence, days):
    licence(days)
    warn_of_ends()
    assert times(offering)
    offering.doctor.refresh_from_db()
    assert offering.doctor.paused_date is None


def test_who_has_none_on_the_list_can_be_booked(offering):
    warn_of_ends()
    assert times(offering)


def test_when_it_is_over_nothing_new_is_offered_to_anybody(offering, licence):
    (first, *_) = times(offering)
    licence(-1)
    warn_of_ends()
    at = timezone.now()
    assert times(offering) == []
    assert times(offering, for_desk=True) == []
    assert next_free([offering], at=at) == {}
    assert slot_at(offering, first.starts_at, at=at, for_desk=True) is None
    offering.doctor.refresh_from_db()
    assert offering.doctor.paused_date == clinic_today(at)


def test_another_doctor_goes_on(offering, licence, dr_roy):
    other = open_offering(doctor=dr_roy.doctor)
    licence(-1)
    warn_of_ends()
    assert times(other)


@pytest.mark.parametrize("other", [5, None])
def test_a_second_licence_that_holds_is_enough(offering, licence, other):
    licence(-1)
    licence(other)
    warn_of_ends()
    assert times(offering)


def test_an_insurance_or_certificate_stops_nothing(offering, licence):
    licence(-1, kind="INSURANCE")
    licence(-1, kind="CERTIFICATE")
    warn_of_ends()
    assert times(offering)


def test_renewing_it_gives_the_times_back_at_once(offering, licence, medical_admin):
    row = licence(-1)
    warn_of_ends()
    renewed(medical_admin, row, 300)
    assert times(offering)
    verbs = Entry.objects.filter(verb__startswith="doctor.").order_by("at", "pk")
    assert [(one.verb, one.actor) for one in verbs] == [
        ("doctor.paused", None),
        ("doctor.resumed", medical_admin),
    ]


def test_taking_the_one_that_holds_off_the_list_stops_at_once(
    offering, licence, medical_admin
):
    licence(-1)
    good = licence(100)
    warn_of_ends()
    assert times(offering)
    end_credential(actor=medical_admin, credential=good, at=timezone.now())
    assert times(offering) == []


def test_no_visit_is_touched_and_all_are_listed(
    client, offering, licence, ann, medical_admin, admin
):
    visit = AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        starts_at=times(offering)[-1].starts_at,
        status=Status.CONFIRMED,
    )
    licence(-1)
    warn_of_ends()
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED
    # At the desk it is among those that need somebody's eye.
    found = outside_hours(doctors=[offering.doctor], at=timezone.now())
    assert [one.pk for one in found] == [visit.pk]
    address = reverse("workspace:appointment", args=[visit.public_id])
    client.force_login(medical_admin)
    page = client.get(reverse(PAGE)).text
    assert "1 visit is booked after that day" in page
    assert address in page
    assert "Ann Patient" in page
    # Who manages people and no charts learns how many, and not whose.
    client.force_login(admin)
    page = client.get(reverse(PAGE)).text
    assert "1 visit is booked after that day" in page
    assert address not in page
    assert "Ann Patient" not in page


def test_each_doctor_has_their_own_visits_and_the_queries_stay_as_many(
    client, offering, licence, medical_admin, django_assert_num_queries
):
    def booked(offering, days):
        at = timezone.now() + timedelta(days=days)
        AppointmentFactory(offering=offering, starts_at=at, status=Status.CONFIRMED)

    def look():
        rows = licensed(medical_admin, at=timezone.now())
        return {row.licensed.doctor.pk: (row.booked, len(row.visits)) for row in rows}

    licence(3)
    booked(offering, days=2)
    booked(offering, days=5)
    look()
    with CaptureQueriesContext(connection) as few:
        assert look() == {offering.doctor_id: (1, 1)}
    for days in (-1, 20):
        other = open_offering(doctor__user=UserFactory())
        Credential.objects.create(
            user=other.doctor.user,
            kind="LICENCE",
            valid_until=clinic_today(timezone.now()) + timedelta(days=days),
        )
        booked(other, days=2)
        booked(other, days=5)
    with django_assert_num_queries(len(few)):
        assert sorted(look().values()) == [(0, 0), (1, 1), (2, 2)]


def test_the_doctor_and_the_managers_are_told_once(
    offering, licence, dr_lee, medical_admin, admin, desk
):
    AppointmentFactory(
        offering=offering,
        starts_at=times(offering)[-1].starts_at,
        status=Status.CONFIRMED,
    )
    licence(-1)
    for _ in range(2):
        warn_of_ends()
        run_jobs()
    told = Delivery.objects.filter(event="doctor_paused", channel="EMAIL")
    assert sorted(row.to_address for row in told) == sorted(
        [dr_lee.email, medical_admin.email, admin.email]
    )
    assert all("1 visit is booked after that day" in row.body_text for row in told)


def test_a_clinic_may_go_on_and_change_its_mind(client, offering, licence, admin):
    licence(-1)
    warn_of_ends()
    client.force_login(admin)
    client.post(reverse(PAGE), {})
    assert times(offering)
    warn_of_ends()
    assert times(offering)
    assert (
        "checked" not in client.get(reverse(PAGE)).text.partition("stops_book")[2][:90]
    )
    client.post(reverse(PAGE), {"stops_bookings": "1"})
    assert times(offering) == []
    changes = Entry.objects.filter(verb="licence_rule.changed", actor=admin)
    assert [one.detail["stops_bookings"] for one in changes.order_by("at", "pk")] == [
        False,
        True,
    ]


@pytest.mark.parametrize("who", ["ann", "dr_lee", "desk", "nurse", "biller", "editor"])
def test_the_page_is_for_who_manages_staff(client, licence, who, request):
    licence(-1)
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse(PAGE)).status_code in {302, 403}
    assert client.post(reverse(PAGE), {}).status_code in {302, 403}
