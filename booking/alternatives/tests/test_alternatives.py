"""Choosing another visit instead of one that the clinic cancelled."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from booking.alternatives import services
from booking.alternatives.services import Answered
from booking.appointments.models import Party
from booking.appointments.queries import manage_token
from booking.appointments.services import (
    MoveRefused,
    SlotTaken,
    cancel_appointment,
)
from booking.models import Alternative, Appointment
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
NEXT = TEN + timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


@pytest.fixture
def visit(free_visit):
    return AppointmentFactory(
        offering=free_visit,
        starts_at=TEN,
        reason="haemorrhoids",
        patient=PatientFactory(email="patient@example.org", user=UserFactory()),
    )


def cancel(visit, by=Party.CLINIC):
    cancel_appointment(actor=None, appointment=visit, reason="Away", by=by, at=NOW)
    return Appointment.objects.get(pk=visit.pk)


def choose(visit, offering, starts_at=NEXT):
    return services.choose_alternative(
        actor=None, appointment=visit, offering=offering, starts_at=starts_at, at=NOW
    )


def address(visit):
    return reverse("booking:manage_instead", args=[manage_token(visit)])


def test_the_link_in_the_message_leads_to_a_choice_and_looking_changes_nothing(
    visit, free_visit, client
):
    visit = cancel(visit)
    run_jobs()
    page = client.get(reverse("booking:manage", args=[manage_token(visit)]))
    assert address(visit) in page.text
    page = client.get(address(visit))
    assert page.status_code == 200
    assert "haemorrhoids" not in page.text
    assert visit.visit_type.name not in page.text
    assert Appointment.objects.count() == 1
    slot = page.context["offered"].same[0]
    done = client.post(address(visit), {"slot": slot.value})
    made = Appointment.objects.exclude(pk=visit.pk).get()
    assert done["Location"] == reverse("booking:manage", args=[manage_token(made)])
    assert (made.patient, made.starts_at, made.reason, made.status) == (
        visit.patient,
        slot.starts_at,
        "haemorrhoids",
        "CONFIRMED",
    )
    assert Alternative.objects.get().chosen == made
    # The same form again, and the same link, lead to what was chosen.
    for again in (
        client.post(address(visit), {"slot": slot.value}),
        client.get(address(visit)),
    ):
        assert again["Location"] == done["Location"]
    assert Appointment.objects.count() == 2


def test_what_is_paid_first_is_held_until_it_is(visit, free_visit):
    free_visit.visit_type.price = Decimal(60)
    free_visit.visit_type.payment_policy = "BEFORE"
    free_visit.visit_type.save()
    made = choose(cancel(visit), free_visit)
    assert (made.status, made.price) == ("HELD", Decimal(60))
    assert made.hold_expires_at > NOW


def test_one_time_is_chosen_for_each_and_a_taken_one_is_none(
    visit, free_visit, practice
):
    visit = cancel(visit)
    AppointmentFactory(offering=free_visit, starts_at=NEXT)
    with pytest.raises(SlotTaken) as refused:
        choose(visit, free_visit)
    assert refused.value.nearest
    assert Alternative.objects.count() == 0
    later = NEXT + timedelta(hours=1)
    made = choose(visit, free_visit, later)
    assert choose(visit, free_visit, later) == made
    with pytest.raises(Answered):
        choose(visit, free_visit, later + timedelta(hours=1))
    services.want_none(actor=None, appointment=visit, by=Party.PATIENT, at=NOW)
    assert Alternative.objects.get().chosen == made


def test_only_what_the_clinic_cancelled_and_only_who_could_see_them(
    visit, free_visit, practice, client
):
    with pytest.raises(MoveRefused):
        choose(visit, free_visit)
    stranger = practice.offer(practice.doctor("Okafor"), slug="other", name="Other")
    with pytest.raises(MoveRefused):
        choose(cancel(visit), stranger)
    own = AppointmentFactory(
        offering=free_visit, starts_at=TEN + timedelta(hours=1), patient=visit.patient
    )
    own = cancel(own, Party.PATIENT)
    with pytest.raises(MoveRefused):
        choose(own, free_visit)
    with pytest.raises(MoveRefused):
        services.want_none(actor=None, appointment=own, by=Party.PATIENT, at=NOW)
    here = reverse("booking:manage", args=[manage_token(own)])
    assert client.get(address(own))["Location"] == here
    assert client.get(address(visit)[:-9] + "x/instead/").status_code == 404


def test_none_of_them_is_an_answer_and_a_choice_without_a_time_is_told(visit, client):
    visit = cancel(visit)
    for wrong in ({}, {"slot": "x"}, {"slot": f"{visit.public_id} {NEXT.isoformat()}"}):
        page = client.post(address(visit), wrong)
        assert page.status_code == 422
        assert "Pick one of the times below" in page.text
    client.post(address(visit), {"none": "1"})
    answer = Alternative.objects.get()
    assert (answer.chosen, answer.by) == (None, "PATIENT")
