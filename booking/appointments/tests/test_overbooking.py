"""A time is given twice on purpose, with a reason, and only then."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.appointments.models import Party, Status
from booking.appointments.queries import free_slots, shared_ids, sharing
from booking.appointments.services import (
    KeyReused,
    NewPatientsOnly,
    NotThere,
    PatientBusy,
    RoomTaken,
    SharedAlready,
    SlotTaken,
    WhyOverbooked,
    book_for_patient,
    cancel_appointment,
    confirm_paid,
    expire_lapsed,
    mark_arrived,
    overbook,
)
from booking.models import Appointment, StatusChange
from booking.moves.services import move_for_patient
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import OfferingFactory, RoomFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
QUARTER = TEN + 15 * MINUTES


@pytest.fixture
def offering(db):
    return open_offering(
        visit_type__duration_minutes=30,
        visit_type__payment_policy="FREE",
        visit_type__price=0,
    )


@pytest.fixture
def there(offering):
    """Whom the doctor sees at ten."""
    return AppointmentFactory(offering=offering, starts_at=TEN)


def squeeze(offering, starts_at=QUARTER, *, why="Acute, asked by Dr Lee", **fields):
    fields = {
        "actor": None,
        "patient": None,
        "room": None,
        "reason": "",
        "at": NOW,
        "idempotency_key": None,
    } | fields
    fields["patient"] = fields["patient"] or PatientFactory()
    fields["idempotency_key"] = fields["idempotency_key"] or uuid.uuid4()
    return overbook(offering=offering, starts_at=starts_at, why=why, **fields)


def test_it_lies_over_the_other_and_both_say_so(offering, there):
    made = squeeze(offering)
    assert (made.status, made.starts_at, made.is_overbooked) == (
        Status.CONFIRMED,
        QUARTER,
        True,
    )
    assert made.overbooked_why == "Acute, asked by Dr Lee"
    assert list(sharing(made)) == [there]
    assert list(sharing(there)) == [made]
    assert shared_ids([there, made]) == {there.pk, made.pk}
    job = ("booking.appointments.tasks.send_confirmation", {"appointment_id": made.pk})
    assert job in queued_jobs()
    assert StatusChange.objects.get(appointment=made).to_status == Status.CONFIRMED


def test_two_ordinary_neighbours_share_nothing(offering, there):
    next_ = AppointmentFactory(offering=offering, starts_at=TEN + 30 * MINUTES)
    assert not sharing(there).exists()
    assert shared_ids([there, next_]) == set()


def test_without_a_reason_nothing_happens(offering, there):
    with pytest.raises(WhyOverbooked):
        squeeze(offering, why="  ")
    assert Appointment.objects.count() == 1


def test_where_nobody_is_in_the_way_it_is_an_ordinary_booking(offering):
    made = squeeze(offering)
    assert (made.is_overbooked, made.overbooked_why) == (False, "")
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(offering=offering, starts_at=TEN)


def test_over_a_hold_that_lapsed_it_is_one_too(offering):
    hold = AppointmentFactory(
        offering=offering, starts_at=TEN, status="HELD", hold_expires_at=NOW
    )
    assert not squeeze(offering).is_overbooked
    hold.refresh_from_db()
    assert hold.status == Status.EXPIRED


def test_two_at_a_time_are_the_most(offering, there):
    squeeze(offering)
    with pytest.raises(SharedAlready):
        squeeze(offering, TEN + 20 * MINUTES)
    # Whatever the service thinks: the database has the last word.
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(offering=offering, starts_at=QUARTER, is_overbooked=True)


def test_never_one_patient_in_two_places(offering, there):
    with pytest.raises(PatientBusy):
        squeeze(offering, patient=there.patient)
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(
            offering=offering,
            starts_at=QUARTER,
            patient=there.patient,
            is_overbooked=True,
        )


def test_never_one_room_twice(offering):
    room = RoomFactory(location=offering.location)
    AppointmentFactory(offering=offering, starts_at=TEN, room=room)
    with pytest.raises(RoomTaken):
        squeeze(offering, room=room)
    assert squeeze(offering, room=RoomFactory(location=offering.location)).room
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(
            starts_at=QUARTER, room=room, location=room.location, is_overbooked=True
        )


@pytest.mark.parametrize(
    "starts_at",
    [
        TEN.replace(hour=18),
        TEN.replace(hour=16, minute=45),
        TEN - timedelta(days=1),
        NOW - 30 * MINUTES,
    ],
)
def test_only_within_the_doctors_hours_and_not_what_is_over(offering, starts_at):
    with pytest.raises(NotThere):
        squeeze(offering, starts_at)


def test_a_first_visit_stays_a_first_visit(offering, there):
    kind = offering.visit_type
    kind.new_patients_only = True
    kind.save()
    known = PatientFactory()
    AppointmentFactory(
        patient=known, status="COMPLETED", starts_at=NOW - timedelta(days=9)
    )
    with pytest.raises(NewPatientsOnly):
        squeeze(offering, patient=known)


def test_the_same_form_twice_is_one_visit(offering, there):
    key, patient = uuid.uuid4(), PatientFactory()
    first = squeeze(offering, patient=patient, idempotency_key=key)
    assert squeeze(offering, patient=patient, idempotency_key=key) == first
    with pytest.raises(KeyReused):
        squeeze(offering, QUARTER + 5 * MINUTES, patient=patient, idempotency_key=key)


@pytest.mark.parametrize(
    ("policy", "is_doctor", "status", "via"),
    [
        ("REQUEST", False, "REQUESTED", "DESK"),
        ("REQUEST", True, "CONFIRMED", "DOCTOR"),
        ("INSTANT", False, "CONFIRMED", "DESK"),
    ],
)
def test_the_doctors_own_needs_no_yes_of_theirs(
    offering, there, dr_lee, desk, policy, is_doctor, status, via
):
    offering.doctor.user_id = dr_lee.pk
    offering.visit_type.booking_policy = policy
    made = squeeze(offering, actor=dr_lee if is_doctor else desk)
    assert (made.status, made.booked_via) == (status, via)


def test_what_is_paid_first_waits_for_the_money(offering, there):
    kind = offering.visit_type
    kind.payment_policy, kind.price = "BEFORE", 65
    made = squeeze(offering)
    assert (made.status, made.price) == (Status.HELD, 65)
    job = ("booking.appointments.tasks.send_approved", {"appointment_id": made.pk})
    assert job in queued_jobs()
    assert confirm_paid(appointment_id=made.pk, at=NOW).status == Status.CONFIRMED


# --- Nothing else may lie over another -------------------------------------------


def test_its_time_is_nobody_elses(offering, there):
    """Also the part that was free before."""
    squeeze(offering)
    half = TEN + 30 * MINUTES
    found = free_slots([offering], after=TEN, until=half + MINUTES, at=NOW)
    assert found[offering.pk] == []
    with pytest.raises(SlotTaken):
        book_for_patient(
            actor=None,
            patient=PatientFactory(),
            offering=offering,
            starts_at=half,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )


def test_nor_when_the_other_is_cancelled(offering, there):
    squeeze(offering)
    cancel_appointment(
        actor=None, appointment=there, reason="", by=Party.CLINIC, at=NOW
    )
    found = free_slots([offering], after=TEN, until=TEN + 30 * MINUTES, at=NOW)
    assert found[offering.pk] == []


def test_late_money_does_not_bring_a_visit_back_over_it(offering, there):
    """It had lapsed, and its time was given to somebody else."""
    half = TEN + 30 * MINUTES
    lapsed = AppointmentFactory(
        offering=offering, starts_at=half, status="HELD", hold_expires_at=NOW
    )
    expire_lapsed(at=NOW)
    squeeze(offering)
    with pytest.raises(SlotTaken):
        confirm_paid(appointment_id=lapsed.pk, at=NOW)


def test_who_missed_and_comes_late_does_not_either(offering, there):
    half = TEN + 30 * MINUTES
    missed = AppointmentFactory(offering=offering, starts_at=half, status="MISSED")
    squeeze(offering)
    with pytest.raises(SlotTaken):
        mark_arrived(actor=None, appointment=missed, at=half)
    with pytest.raises(SlotTaken):
        mark_arrived(actor=None, appointment=missed, at=half + 5 * MINUTES)


def test_moved_to_a_free_time_it_is_a_visit_like_any_other(offering, there):
    made = squeeze(offering)
    made.refresh_from_db()
    noon = TEN.replace(hour=12)
    move_for_patient(
        actor=None,
        appointment=made,
        offering=offering,
        starts_at=noon,
        reason="A time came free",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    made.refresh_from_db()
    assert (made.starts_at, made.is_overbooked, made.overbooked_why) == (
        noon,
        False,
        "",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        AppointmentFactory(offering=offering, starts_at=noon)


# --- Who may ---------------------------------------------------------------------


def test_doctors_their_own_and_the_desk_at_its_places(
    dr_lee, dr_roy, desk, nurse, ann, biller
):
    offering, other = OfferingFactory(doctor=dr_lee.doctor), OfferingFactory()
    may = {
        user
        for user in (dr_lee, dr_roy, desk, nurse, ann, biller)
        if user.has_perm("booking.overbook", offering)
    }
    assert may == {dr_lee, desk}
    assert not dr_lee.has_perm("booking.overbook", other)
