"""Holding, submitting, and booking at the desk."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import CareRelation
from audit.models import Entry
from booking.appointments import services
from booking.appointments.models import HOLD, Appointment, Party, Status
from booking.appointments.queries import free_slots
from booking.models import StatusChange
from clinic.models import VisitType
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import OfferingFactory, RoomFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
HALF_PAST = TEN + timedelta(minutes=30)


def hold(offering, starts_at=TEN, **given):
    given = {"actor": None, "via": "SITE", "at": NOW, "key": uuid.uuid4()} | given
    key = given.pop("key")
    return services.hold_slot(
        offering=offering, starts_at=starts_at, idempotency_key=key, **given
    )


def submit(appointment, patient, **given):
    given = {
        "actor": patient.user,
        "reason": "My knee",
        "at": NOW + timedelta(minutes=5),
        "idempotency_key": uuid.uuid4(),
    } | given
    return services.submit_booking(appointment=appointment, patient=patient, **given)


def at_desk(offering, patient, starts_at=TEN, **given):
    given = {
        "actor": None,
        "reason": "",
        "at": NOW,
        "idempotency_key": uuid.uuid4(),
    } | given
    return services.book_for_patient(
        offering=offering, patient=patient, starts_at=starts_at, **given
    )


def free(offering, at=NOW):
    found = free_slots([offering], after=TEN, until=HALF_PAST, at=at)
    return bool(found[offering.pk])


# --- Holding --------------------------------------------------------------------


def test_a_hold_takes_the_time_for_fifteen_minutes(heard):
    offering = open_offering(
        room=RoomFactory(),
        visit_type__buffer_before_minutes=5,
        visit_type__buffer_after_minutes=10,
        visit_type__duration_minutes=15,
        price=Decimal("80.00"),
    )
    held = hold(offering)
    held.refresh_from_db()
    assert (held.status, held.patient) == (Status.HELD, None)
    assert held.hold_expires_at == NOW + HOLD == NOW + timedelta(minutes=15)
    assert (held.starts_at, held.ends_at) == (TEN, TEN + timedelta(minutes=15))
    assert held.busy_starts_at == TEN - timedelta(minutes=5)
    assert held.busy_ends_at == TEN + timedelta(minutes=25)
    assert (held.doctor, held.room) == (offering.doctor, offering.room)
    assert (held.price, held.currency) == (Decimal("80.00"), "GBP")
    assert not free(offering)
    assert free(offering, at=NOW + HOLD)
    assert heard() == []


def test_a_reference_can_be_read_out():
    reference = hold(open_offering()).reference
    first, second = reference.split("-")
    assert (len(first), len(second)) == (3, 3)
    assert not set(reference) & set("01ILOU")


def test_a_hold_copies_what_was_promised():
    terms = {
        "price": Decimal("65.00"),
        "free_cancellation_hours": 48,
        "late_cancellation_percent": 30,
        "late_cancellation_fee": Decimal("12.00"),
        "missed_percent": 60,
        "missed_fee": Decimal("25.00"),
        "most_moves": 1,
    }
    offering = open_offering(**{f"visit_type__{name}": v for name, v in terms.items()})
    held = hold(offering)
    VisitType.objects.update(
        price=Decimal(99),
        free_cancellation_hours=2,
        late_cancellation_percent=100,
        late_cancellation_fee=None,
        missed_percent=100,
        missed_fee=None,
        most_moves=9,
    )
    held.refresh_from_db()
    assert {name: getattr(held, name) for name in terms} == terms


def test_a_hold_is_written_down():
    held = hold(open_offering())
    change = StatusChange.objects.get()
    assert (change.from_status, change.to_status, change.at) == ("", "HELD", NOW)
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject_id, entry.actor) == (
        "appointment.held",
        held.pk,
        None,
    )


@pytest.mark.parametrize(
    "start",
    [
        TEN + timedelta(minutes=10),
        datetime(2026, 3, 14, 10, tzinfo=UTC),
        datetime(2026, 3, 16, 17, tzinfo=UTC),
        datetime(2026, 3, 9, 10, tzinfo=UTC),
        datetime(2027, 3, 15, 10, tzinfo=UTC),
    ],
    ids=["off the grid", "weekend", "after hours", "past", "beyond the horizon"],
)
def test_only_what_is_offered_can_be_held(start):
    offering = open_offering()
    with pytest.raises(services.SlotTaken):
        hold(offering, start)
    assert Appointment.objects.count() == 0


def test_the_loser_is_told_the_nearest_times():
    offering = open_offering()
    hold(offering)
    with pytest.raises(services.SlotTaken) as refusal:
        hold(offering)
    starts = [slot.starts_at for slot in refusal.value.nearest]
    half = timedelta(minutes=30)
    assert starts == [TEN + n * half for n in (-2, -1, 1, 2, 3)]
    assert "just been taken" in str(refusal.value)


def test_a_lapsed_hold_gives_way_to_the_next_visitor(heard):
    offering = open_offering()
    old = hold(offering)
    new = hold(offering, at=NOW + HOLD)
    old.refresh_from_db()
    assert (old.status, new.status) == (Status.EXPIRED, Status.HELD)
    assert heard() == [("hold_expired", old.pk)]


def test_a_lapsed_hold_of_a_room_gives_way_too():
    room = RoomFactory()
    mine, theirs = (open_offering(room=room, location=room.location) for _ in range(2))
    old = hold(theirs)
    with pytest.raises(services.SlotTaken):
        hold(mine)
    hold(mine, at=NOW + HOLD)
    old.refresh_from_db()
    assert old.status == Status.EXPIRED


def test_by_phone_only_is_not_held():
    offering = open_offering(visit_type__booking_policy=VisitType.BookingPolicy.CALL)
    with pytest.raises(services.ByPhoneOnly):
        hold(offering)


def test_the_same_key_returns_the_same_appointment():
    offering, key = open_offering(), uuid.uuid4()
    first = hold(offering, key=key)
    assert hold(offering, key=key) == first
    assert hold(offering, key=key, at=NOW + timedelta(hours=2)) == first
    assert Appointment.objects.count() == 1


def test_the_same_key_returns_what_has_become_of_it():
    offering, key = open_offering(), uuid.uuid4()
    first = hold(offering, key=key)
    services.release_hold(appointment=first, at=NOW)
    assert hold(offering, key=key).status == Status.EXPIRED
    assert Appointment.objects.count() == 1


def test_another_request_under_the_same_key_is_refused():
    offering, key = open_offering(), uuid.uuid4()
    hold(offering, key=key)
    with pytest.raises(services.KeyReused):
        hold(offering, HALF_PAST, key=key)
    with pytest.raises(services.KeyReused):
        hold(open_offering(), key=key)


# --- More time, and giving it back ----------------------------------------------


def test_more_time_is_given_once():
    held = hold(open_offering())
    late = NOW + timedelta(minutes=14)
    held = services.extend_hold(appointment=held, at=late)
    assert held.hold_expires_at == NOW + 2 * HOLD
    with pytest.raises(services.AlreadyExtended):
        services.extend_hold(appointment=held, at=late)


def test_a_lapsed_hold_gets_no_more_time():
    held = hold(open_offering())
    with pytest.raises(services.HoldExpired):
        services.extend_hold(appointment=held, at=NOW + HOLD)


def test_a_released_hold_is_free_at_once_and_nobody_is_told(heard):
    offering = open_offering()
    held = hold(offering)
    assert services.release_hold(appointment=held, at=NOW).status == Status.EXPIRED
    assert services.release_hold(appointment=held, at=NOW).status == Status.EXPIRED
    assert free(offering)
    assert heard() == []


def test_a_booked_visit_is_not_released():
    booked = AppointmentFactory()
    with pytest.raises(services.MoveRefused):
        services.release_hold(appointment=booked, at=NOW)


# --- Submitting -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "event"),
    [
        ({}, Status.HELD, None),
        ({"free": True}, Status.CONFIRMED, "appointment_confirmed"),
        ({"at_clinic": True}, Status.CONFIRMED, "appointment_confirmed"),
        ({"price": 0}, Status.CONFIRMED, "appointment_confirmed"),
        ({"on_request": True}, Status.REQUESTED, "appointment_requested"),
        (
            {"on_request": True, "free": True},
            Status.REQUESTED,
            "appointment_requested",
        ),
    ],
)
def test_submitting_goes_where_the_policy_says(fields, status, event, heard, ann):
    offering = open_offering(**{f"visit_type__{k}": v for k, v in fields.items()})
    held = hold(offering)
    booked = submit(held, ann.patient)
    booked.refresh_from_db()
    assert booked.status == status
    assert (booked.patient, booked.reason) == (ann.patient, "My knee")
    assert booked.booked_by == ann
    assert heard() == ([(event, booked.pk)] if event else [])
    kept = NOW + HOLD if status == Status.HELD else None
    assert booked.hold_expires_at == kept
    confirmed = NOW + timedelta(minutes=5) if status == Status.CONFIRMED else None
    assert booked.confirmed_at == confirmed


def test_the_reason_is_not_in_the_history_or_the_audit(ann):
    held = hold(open_offering(visit_type__free=True))
    submit(held, ann.patient, reason="A secret")
    assert "secret" not in str(list(StatusChange.objects.values()))
    assert "secret" not in str(list(Entry.objects.values()))


def test_the_doctor_reaches_the_patient_once_it_is_more_than_a_hold(ann):
    doctor_user = UserFactory()
    paid = open_offering(doctor__user=doctor_user)
    submit(hold(paid), ann.patient)
    assert CareRelation.objects.filter(user=doctor_user).count() == 0
    asked = OfferingFactory(
        doctor=paid.doctor, location=paid.location, visit_type__on_request=True
    )
    submit(hold(asked, HALF_PAST), ann.patient)
    relation = CareRelation.objects.get(user=doctor_user)
    assert (relation.patient, relation.source) == (ann.patient, "VISIT")


def test_a_lapsed_hold_cannot_be_submitted(ann):
    held = hold(open_offering())
    with pytest.raises(services.HoldExpired):
        submit(held, ann.patient, at=NOW + HOLD)


def test_a_swept_hold_cannot_be_submitted(ann):
    held = hold(open_offering())
    services.expire_lapsed(at=NOW + HOLD)
    with pytest.raises(services.HoldExpired):
        submit(held, ann.patient, at=NOW + HOLD)


def test_submitting_twice_is_submitting_once(heard, ann):
    held, key = hold(open_offering(visit_type__free=True)), uuid.uuid4()
    first = submit(held, ann.patient, idempotency_key=key)
    assert submit(held, ann.patient, idempotency_key=key) == first
    assert submit(held, ann.patient) == first
    assert heard() == [("appointment_confirmed", first.pk)]
    assert StatusChange.objects.filter(to_status="CONFIRMED").count() == 1


def test_a_booking_is_not_handed_to_somebody_else(ann, zoe):
    held, key = hold(open_offering(visit_type__free=True)), uuid.uuid4()
    submit(held, ann.patient, idempotency_key=key)
    with pytest.raises(services.KeyReused):
        submit(held, zoe.patient, idempotency_key=key)
    with pytest.raises(services.MoveRefused):
        submit(held, zoe.patient)
    held.refresh_from_db()
    assert held.patient == ann.patient


def test_one_form_makes_one_booking(ann):
    key = uuid.uuid4()
    submit(hold(open_offering()), ann.patient, idempotency_key=key)
    with pytest.raises(services.KeyReused):
        submit(hold(open_offering(), HALF_PAST), ann.patient, idempotency_key=key)


def test_until_it_is_paid_the_details_can_be_changed(ann):
    held = hold(open_offering())
    submit(held, ann.patient, reason="My knee")
    again = submit(held, ann.patient, reason="My elbow")
    assert (again.status, again.reason) == (Status.HELD, "My elbow")


def test_a_patient_cannot_be_in_two_places(ann):
    AppointmentFactory(patient=ann.patient, starts_at=TEN + timedelta(minutes=10))
    offering = open_offering(visit_type__free=True)
    held = hold(offering)
    with pytest.raises(services.PatientBusy) as refusal:
        submit(held, ann.patient)
    assert "already have a visit" in str(refusal.value)
    offered = {slot.starts_at for slot in refusal.value.nearest}
    assert offered
    assert not offered & {TEN, HALF_PAST}
    held.refresh_from_db()
    assert (held.status, held.patient) == (Status.HELD, None)


def test_a_patients_own_lapsed_hold_does_not_stand_in_their_way(ann):
    old = hold(open_offering())
    submit(old, ann.patient)
    late = NOW + HOLD
    new = hold(open_offering(visit_type__free=True), at=late)
    booked = submit(new, ann.patient, at=late)
    old.refresh_from_db()
    assert (old.status, booked.status) == (Status.EXPIRED, Status.CONFIRMED)


# --- At the desk ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status", "event"),
    [
        ({}, Status.HELD, "appointment_approved"),
        ({"free": True}, Status.CONFIRMED, "appointment_confirmed"),
        ({"on_request": True}, Status.REQUESTED, "appointment_requested"),
        (
            {"booking_policy": "CALL", "at_clinic": True},
            Status.CONFIRMED,
            "appointment_confirmed",
        ),
    ],
)
def test_the_desk_books_by_the_same_policies(fields, status, event, heard, desk, ann):
    offering = open_offering(**{f"visit_type__{k}": v for k, v in fields.items()})
    booked = at_desk(offering, ann.patient, actor=desk, reason="Asked by phone")
    booked.refresh_from_db()
    assert (booked.status, booked.patient) == (status, ann.patient)
    assert (booked.booked_by, booked.booked_via) == (desk, "DESK")
    assert heard() == [(event, booked.pk)]
    if status == Status.HELD:
        assert booked.hold_expires_at == NOW + timedelta(hours=24)


def test_the_desk_gives_a_time_that_has_just_begun(ann):
    offering = open_offering(visit_type__free=True)
    now = TEN + timedelta(minutes=5)
    assert at_desk(offering, ann.patient, at=now).status == Status.CONFIRMED


def test_the_desk_is_told_that_the_patient_has_a_visit_then(ann):
    AppointmentFactory(patient=ann.patient, starts_at=TEN)
    with pytest.raises(services.PatientBusy) as refusal:
        at_desk(open_offering(), ann.patient)
    assert "This patient" in str(refusal.value)


def test_the_desk_gets_the_nearest_times_that_suit_the_patient(ann):
    offering = open_offering()
    hold(offering)
    AppointmentFactory(patient=ann.patient, starts_at=HALF_PAST)
    with pytest.raises(services.SlotTaken) as refusal:
        at_desk(offering, ann.patient)
    assert HALF_PAST not in {slot.starts_at for slot in refusal.value.nearest}


def test_the_desks_key_works_once(heard, ann, zoe):
    offering, key = open_offering(visit_type__free=True), uuid.uuid4()
    first = at_desk(offering, ann.patient, idempotency_key=key)
    assert at_desk(offering, ann.patient, idempotency_key=key) == first
    assert heard() == [("appointment_confirmed", first.pk)]
    with pytest.raises(services.KeyReused):
        at_desk(offering, zoe.patient, idempotency_key=key)


def test_what_the_desk_books_unpaid_is_not_held_past_its_notice():
    offering = open_offering(visit_type__minimum_notice_minutes=120)
    now = TEN - timedelta(hours=5)
    booked = at_desk(offering, PatientFactory(), at=now)
    assert booked.hold_expires_at == TEN - timedelta(hours=2)
    soon = at_desk(
        offering, PatientFactory(), starts_at=HALF_PAST, at=TEN + timedelta(minutes=25)
    )
    # However short the time is, there is an ordinary hold's to pay.
    assert soon.hold_expires_at == TEN + timedelta(minutes=25) + HOLD


def test_cancelling_gives_the_time_to_the_next(ann, zoe):
    offering = open_offering(visit_type__free=True)
    booked = submit(hold(offering), ann.patient)
    services.cancel_appointment(
        actor=ann, appointment=booked, reason="", by=Party.PATIENT, at=NOW
    )
    again = submit(hold(offering), zoe.patient)
    assert again.status == Status.CONFIRMED
