"""The clinic moves a visit: who may, what is asked, and what the patient hears."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.services import assign_role
from booking.appointments.models import Party, Status
from booking.models import Appointment, Move
from clinic.models import VisitType
from notifications.models import Delivery
from tests.factories.accounts import UserFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory
from tests.jobs import run_jobs

HOUR = timedelta(hours=1)


@pytest.fixture
def visit(make_visit, offering):
    """Ann's, in three days at ten."""
    return make_visit(10, days=3, visit_type=offering.visit_type)


def page(visit):
    return reverse("workspace:visit_time", args=[visit.public_id])


def press(client, visit, starts_at, reason="The doctor is at a congress.", key=None):
    data = {"starts_at": starts_at.isoformat(), "key": key or uuid4(), "reason": reason}
    return client.post(page(visit), data)


def time_of(visit):
    return Appointment.objects.get(pk=visit.pk).starts_at


@pytest.mark.parametrize("who", ["dr_lee", "desk", "medical_admin"])
def test_the_doctor_and_the_desk_move_a_visit_with_a_reason(
    client, visit, who, request
):
    user = request.getfixturevalue(who)
    client.force_login(user)
    assert (
        page(visit)
        in client.get(reverse("workspace:appointment", args=[visit.public_id])).text
    )
    wanted = visit.starts_at + HOUR
    shown = client.get(page(visit), {"slot": wanted.isoformat()}).text
    assert "The patient reads this." in shown
    assert press(client, visit, wanted).status_code == 302
    assert time_of(visit) == wanted
    move = Move.objects.get()
    assert (move.actor, move.by) == (user, Party.CLINIC)
    run_jobs()
    told = set(Delivery.objects.values_list("event", flat=True))
    assert told == {"appointment_moved"} | (
        set() if who == "dr_lee" else {"doctor_moved"}
    )


def test_without_a_reason_nothing_moves_and_the_time_is_kept(client, visit, desk):
    client.force_login(desk)
    wanted = visit.starts_at + HOUR
    answer = client.post(
        f"{page(visit)}?slot={wanted.isoformat().replace('+', '%2B')}",
        {"starts_at": wanted.isoformat(), "key": uuid4(), "reason": " "},
    )
    assert answer.status_code == 422
    assert "Give a reason, in words for the patient" in answer.text
    assert 'name="reason"' in answer.text
    assert time_of(visit) == visit.starts_at


def test_a_taken_time_is_refused_with_the_nearest_and_the_reason_is_kept(
    client, visit, offering, desk
):
    client.force_login(desk)
    wanted = visit.starts_at + HOUR
    AppointmentFactory(offering=offering, starts_at=wanted)
    answer = press(client, visit, wanted)
    assert answer.status_code == 409
    assert "has another visit then, 11:00 to 11:30." in answer.text
    assert "Free near it" in answer.text
    assert time_of(visit) == visit.starts_at


def test_the_clinic_moves_without_notice_horizon_or_count(client, visit, desk):
    VisitType.objects.update(
        minimum_notice_minutes=60 * 24 * 30, horizon_days=1, booking_policy="CALL"
    )
    Appointment.objects.update(most_moves=0)
    client.force_login(desk)
    assert press(client, visit, visit.starts_at + HOUR).status_code == 302
    assert time_of(visit) == visit.starts_at + HOUR


def test_a_form_that_is_sent_twice_moves_once(client, visit, desk):
    client.force_login(desk)
    key = uuid4()
    for _ in range(2):
        answer = press(client, visit, visit.starts_at + HOUR, key=key)
        assert answer.status_code == 302
    assert Move.objects.count() == 1


def test_what_the_patient_had_asked_for_is_void(client, visit, offering, desk):
    hold = AppointmentFactory(
        offering=offering,
        patient=None,
        starts_at=visit.starts_at + 2 * HOUR,
        status=Status.HELD,
        hold_expires_at=timezone.now() + HOUR,
    )
    asked = Move.objects.create(
        appointment=visit,
        status=Move.Status.ASKED,
        by=Party.PATIENT,
        asked_at=timezone.now(),
        from_starts_at=visit.starts_at,
        from_location=visit.location,
        to_starts_at=hold.starts_at,
        to_location=visit.location,
        hold=hold,
        expires_at=hold.hold_expires_at,
        idempotency_key=uuid4(),
    )
    client.force_login(desk)
    press(client, visit, visit.starts_at + HOUR)
    asked.refresh_from_db()
    hold.refresh_from_db()
    assert (asked.status, hold.status) == (Move.Status.WITHDRAWN, Status.EXPIRED)
    assert time_of(visit) == visit.starts_at + HOUR


def test_the_patient_reads_why_and_may_cancel_freely_anew(client, visit, ann, desk):
    Appointment.objects.update(free_until_at=timezone.now() - HOUR)
    client.force_login(desk)
    press(client, visit, visit.starts_at + HOUR)
    assert Appointment.objects.get(pk=visit.pk).free_until_at is None
    client.force_login(ann)
    shown = client.get(reverse("booking:appointment", args=[visit.public_id])).text
    assert "The doctor is at a congress." in shown


def test_nobody_else_moves_it(client, visit, ann, dr_roy, nurse, biller, editor):
    for user in (ann, dr_roy, nurse, biller, editor):
        client.force_login(user)
        assert client.get(page(visit)).status_code in (403, 404), user
        assert press(client, visit, visit.starts_at + HOUR).status_code in (403, 404)
    assert time_of(visit) == visit.starts_at


def test_the_desk_of_another_place_moves_nothing_here(client, visit):
    user = UserFactory()
    elsewhere = LocationFactory()
    assign_role(actor=None, user=user, role=Role.RECEPTIONIST, place=elsewhere.place)
    client.force_login(user)
    assert press(client, visit, visit.starts_at + HOUR).status_code == 404
    assert time_of(visit) == visit.starts_at


@pytest.mark.parametrize("status", ["REQUESTED", "ARRIVED", "CANCELLED", "COMPLETED"])
def test_only_what_is_booked_is_moved(client, visit, desk, status):
    Appointment.objects.update(status=status)
    client.force_login(desk)
    assert client.get(page(visit)).status_code == 302
    assert press(client, visit, visit.starts_at + HOUR).status_code == 302
    assert time_of(visit) == visit.starts_at


def test_nonsense_in_the_address_hides_nothing(client, visit, desk):
    client.force_login(desk)
    assert client.get(page(visit), {"place": "nowhere"}).status_code == 404
    for question in ({"slot": "x"}, {"from": "x"}, {"slot": "9999-12-31T23:59Z"}):
        assert client.get(page(visit), question).status_code == 200
