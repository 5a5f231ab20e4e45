"""What is only for new patients, and doctors who take none: every way in is closed."""

import uuid

import pytest

from booking.appointments.models import Status
from booking.appointments.services import (
    NewPatientsOnly,
    NotTakingPatients,
    book_for_patient,
    hold_slot,
    submit_booking,
)
from booking.drafts.tests.walking import (
    DETAILS,
    MONDAY,
    agree,
    choose_reason,
    choose_time,
    give_details,
    hidden,
    url,
)
from booking.models import Appointment, Draft
from tests.factories.booking import AppointmentFactory

START = "/book/"


@pytest.fixture
def first_visit(practice, calloway):
    """Dr Calloway's free visit for people who have not been here."""
    return practice.offer(calloway, "free", new_patients_only=True)


@pytest.fixture
def been(practice, ann):
    """Ann has been here, with another doctor."""
    offering = practice.offer(practice.doctor("Before"), "free", slug="before")
    return AppointmentFactory(
        offering=offering, patient=ann.patient, status=Status.COMPLETED
    )


def hold(offering, clock, actor=None):
    return hold_slot(
        actor=actor,
        offering=offering,
        starts_at=MONDAY,
        via="SITE",
        at=clock.at,
        idempotency_key=uuid.uuid4(),
    )


def submit(held, patient, clock):
    return submit_booking(
        actor=None,
        appointment=held,
        patient=patient,
        reason="",
        at=clock.at,
        idempotency_key=uuid.uuid4(),
    )


def desk(offering, patient, clock, key=None):
    return book_for_patient(
        actor=None,
        patient=patient,
        offering=offering,
        starts_at=MONDAY,
        reason="",
        at=clock.at,
        idempotency_key=key or uuid.uuid4(),
    )


def held_now():
    return Appointment.objects.filter(starts_at=MONDAY).exclude(status="EXPIRED")


# --- The services -------------------------------------------------------------------


def test_a_new_patient_may_by_every_way(first_visit, ann, zoe, clock):
    assert submit(hold(first_visit, clock, ann), ann.patient, clock).patient.user == ann
    held_now().delete()
    assert desk(first_visit, zoe.patient, clock).status == Status.CONFIRMED


def test_who_has_been_here_cannot_hold_a_first_visit(first_visit, been, ann, clock):
    with pytest.raises(NewPatientsOnly):
        hold(first_visit, clock, ann)
    assert not held_now().exists()


def test_who_has_been_here_cannot_submit_one_held_as_a_guest(
    first_visit, been, ann, clock
):
    held = hold(first_visit, clock)
    with pytest.raises(NewPatientsOnly):
        submit(held, ann.patient, clock)
    held.refresh_from_db()
    assert (held.status, held.patient) == (Status.HELD, None)


def test_the_desk_cannot_book_one_for_who_has_been_here(first_visit, been, ann, clock):
    with pytest.raises(NewPatientsOnly):
        desk(first_visit, ann.patient, clock)
    assert not held_now().exists()


def test_a_desk_form_sent_twice_is_the_same_first_visit(first_visit, ann, clock):
    key = uuid.uuid4()
    first = desk(first_visit, ann.patient, clock, key)
    assert desk(first_visit, ann.patient, clock, key) == first


def test_nobody_has_two_first_visits_ahead(practice, calloway, zoe, clock):
    """Also not where the first one still waits for its payment."""
    first_visit = practice.offer(calloway, new_patients_only=True)
    other = practice.offer(practice.doctor("Other"), kind=first_visit.visit_type)
    waiting = hold(first_visit, clock)
    submit(waiting, zoe.patient, clock)
    held = hold_slot(
        actor=None,
        offering=other,
        starts_at=MONDAY.replace(hour=14),
        via="SITE",
        at=clock.at,
        idempotency_key=uuid.uuid4(),
    )
    with pytest.raises(NewPatientsOnly):
        submit(held, zoe.patient, clock)
    # The one that waits can still be corrected.
    assert submit(waiting, zoe.patient, clock).patient == zoe.patient


def test_a_doctor_who_takes_no_new_patients_is_held_by_known_ones_only(
    practice, ann, zoe, clock
):
    wren = practice.doctor("Wren", takes_new_patients=False)
    offering = practice.offer(wren, "free")
    AppointmentFactory(offering=offering, patient=ann.patient, status=Status.COMPLETED)
    for actor in (None, zoe):
        with pytest.raises(NotTakingPatients):
            hold(offering, clock, actor)
    assert hold(offering, clock, ann).status == Status.HELD


# --- Over HTTP ----------------------------------------------------------------------


def test_signing_in_on_the_way_does_not_get_a_known_patient_a_first_visit(
    client, first_visit, been, ann
):
    draft = choose_reason(client, first_visit)
    choose_time(client, draft, first_visit)
    give_details(client, draft)
    client.force_login(ann)
    session = client.session
    session["drafts"] = [str(draft.token)]
    session.save()
    response = agree(client, draft)
    assert response.status_code == 409
    assert "only for a first visit" in response.content.decode()
    assert held_now().get().status == Status.HELD


def test_the_page_of_times_refuses_who_has_been_here(client, first_visit, been, ann):
    draft = choose_reason(client, first_visit)
    client.force_login(ann)
    session = client.session
    session["drafts"] = [str(draft.token)]
    session.save()
    response = choose_time(client, draft, first_visit)
    assert response.status_code == 409
    assert not held_now().exists()


def test_a_link_to_a_time_refuses_who_has_been_here(client, first_visit, been, ann):
    asked = {
        "doctor": "dr-calloway",
        "service": "gp-visit",
        "slot": "2026-03-16T10:00Z",
    }
    key = hidden(client.get(START, asked), "key")
    client.force_login(ann)
    client.post(START, {**asked, "key": key, "reason": ""})
    assert not held_now().exists()
    assert not Draft.objects.filter(appointment__isnull=False).exists()


def test_a_guest_books_a_first_visit(client, first_visit, been):
    draft = choose_reason(client, first_visit)
    choose_time(client, draft, first_visit)
    client.post(url("details", draft), DETAILS)
    assert agree(client, draft).url == url("confirmed", draft)
