"""A follow-up's price on the way to a booking: said before anybody agrees to it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from booking.drafts.tests.walking import (
    DETAILS,
    agree,
    choose_reason,
    choose_time,
    give_details,
    hidden,
    url,
)
from booking.models import Appointment
from tests.factories.booking import AppointmentFactory

SEEN = datetime(2026, 3, 9, 10, tzinfo=UTC)


@pytest.fixture
def offering(practice, calloway):
    return practice.offer(calloway, "at_clinic", follow_up_days=14)


@pytest.fixture
def seen(offering, ann):
    return AppointmentFactory(
        offering=offering, patient=ann.patient, starts_at=SEEN, status="COMPLETED"
    )


def test_a_known_patient_sees_it_at_every_step(client, offering, seen, ann):
    client.force_login(ann)
    draft = choose_reason(client, offering)
    times = client.get(url("time", draft)).text
    assert "follow-up of your visit on Monday 9 March" in times
    assert "until Monday 23 March it costs nothing instead of £65.00" in times
    choose_time(client, draft, offering)
    check = client.get(url("check", draft)).text
    assert "nothing instead of £65.00" in " ".join(check.split())
    agree(client, draft)
    booked = Appointment.objects.get(follows=seen)
    assert (booked.price, booked.status) == (0, "CONFIRMED")
    page = client.get(reverse("booking:appointment", args=[booked.public_id])).text
    assert "as a follow-up" in page


def test_a_stranger_sees_the_rule_and_pays_the_price(client, offering, seen):
    draft = choose_reason(client, offering)
    assert "Sign in before you book" in client.get(url("time", draft)).text
    choose_time(client, draft, offering)
    give_details(client, draft)
    assert "instead of" not in client.get(url("check", draft)).text
    agree(client, draft)
    assert Appointment.objects.get(status="CONFIRMED").price == 65


def test_who_signs_in_midway_agrees_to_the_new_price(client, offering, seen, ann):
    draft = choose_reason(client, offering)
    choose_time(client, draft, offering)
    client.post(url("details", draft), DETAILS)
    old = client.get(url("check", draft))
    client.force_login(ann)
    form = {name: hidden(old, name) for name in ("key", "price")}
    refused = client.post(url("check", draft), {**form, "agree": "on"})
    assert refused.status_code == 409
    assert "The price has changed" in refused.text
    assert "nothing instead of £65.00" in " ".join(refused.text.split())
    assert not Appointment.objects.filter(status="CONFIRMED").exists()
    agree(client, draft)
    assert Appointment.objects.get(status="CONFIRMED").price == 0


def test_moving_it_beyond_its_last_day_says_first_what_it_costs(
    client, offering, seen, ann, practice
):
    client.force_login(ann)
    draft = choose_reason(client, offering)
    choose_time(client, draft, offering)
    agree(client, draft)
    visit = Appointment.objects.get(follows=seen)
    slot = f"{offering.public_id} 2026-03-30T09:00Z"
    page = client.get(
        reverse("booking:appointment_move_check", args=[visit.public_id]),
        {"slot": slot},
    )
    words = " ".join(page.text.split())
    assert "no follow-up any more, as it was until Monday 23 March" in words
    assert "£65.00, to pay at the clinic" in words
    near = f"{offering.public_id} {SEEN + timedelta(days=8):%Y-%m-%dT%H:%MZ}"
    page = client.get(
        reverse("booking:appointment_move_check", args=[visit.public_id]),
        {"slot": near},
    )
    assert "Your visit is free." in page.text


def test_a_paid_one_says_why_it_cannot_go_beyond_its_last_day(
    client, offering, seen, ann
):
    visit = AppointmentFactory(
        offering=offering,
        patient=ann.patient,
        starts_at=SEEN + timedelta(days=7),
        status="CONFIRMED",
        payment_policy="BEFORE",
        follows=seen,
        is_follow_up=True,
        price=20,
        full_price=65,
    )
    client.force_login(ann)
    page = client.get(
        reverse("booking:appointment_move_check", args=[visit.public_id]),
        {"slot": f"{offering.public_id} 2026-03-30T09:00Z", "day": "2026-03-30"},
    )
    assert page.status_code == 422
    words = " ".join(page.text.split())
    assert "no follow-up any more and cost £45.00 more than you paid" in words
    # Back to the same day, for another time of it.
    assert "Monday 30 March" in words
    assert 'name="day" value="2026-03-30"' in words
