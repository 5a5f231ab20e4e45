"""Twenty at once for one time: nobody is ever in two places, and losers hear so.

Each lock has its control: with the constraints taken out of the database, the race is
there without the lock and gone with it; with the constraints in place nothing is
double-booked even without the lock.
"""

import random
import time
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments import services
from booking.appointments.models import HOLD, LIVE, Party, Status
from booking.appointments.services import bookings, looking, making
from booking.models import Appointment, StatusChange
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.chaos import Clinic, broken_promises
from tests.factories.clinic import OfferingFactory, RoomFactory
from tests.jobs import queued_jobs
from tests.races.conftest import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
CROWD = 20
# How long a loser may wait for the answer.
PATIENCE = 2.0


def hold(offering, starts_at=TEN, key=None, at=NOW):
    return services.hold_slot(
        actor=None,
        offering=offering,
        starts_at=starts_at,
        via="SITE",
        at=at,
        idempotency_key=key or uuid.uuid4(),
    )


def submit(appointment, patient, key=None):
    return services.submit_booking(
        actor=None,
        appointment=appointment,
        patient=patient,
        reason="",
        at=NOW,
        idempotency_key=key or uuid.uuid4(),
    )


def winners(outcomes, *refusals):
    """The values of those who got through; everybody else was refused, in time."""
    unexpected = [
        outcome.error
        for outcome in outcomes
        if outcome.error is not None and not isinstance(outcome.error, refusals)
    ]
    assert unexpected == []
    assert max(outcome.seconds for outcome in outcomes) < PATIENCE
    return [outcome.value for outcome in outcomes if outcome.error is None]


def live():
    return list(Appointment.objects.filter(status__in=LIVE).order_by("pk"))


@pytest.fixture
def without_locks(monkeypatch):
    """Nobody locks a calendar, and everybody dawdles between looking and writing."""
    monkeypatch.setattr(looking, "calendar_keys", lambda **_: [])
    monkeypatch.setattr(bookings, "lock_calendars", lambda **_: None)
    dawdle(monkeypatch)


def dawdle(monkeypatch):
    insert, change = making.insert_row, bookings.move

    def slow_insert(row, **conditions):
        time.sleep(0.15)
        return insert(row, **conditions)

    def slow_move(*args, **kwargs):
        time.sleep(0.15)
        return change(*args, **kwargs)

    monkeypatch.setattr(making, "insert_row", slow_insert)
    monkeypatch.setattr(bookings, "move", slow_move)


# --- One time -------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
def test_of_twenty_who_want_one_time_one_gets_it(round_, no_deadlocks):
    offering = open_offering(room=RoomFactory())
    outcomes = at_once(lambda: hold(offering) for _ in range(CROWD))
    won = winners(outcomes, services.SlotTaken)
    assert live() == won
    assert len(won) == 1
    for outcome in outcomes:
        if outcome.error is not None:
            starts = {slot.starts_at for slot in outcome.error.nearest}
            assert starts
            assert TEN not in starts


def test_visits_of_any_length_keep_the_doctor_in_one_place(no_deadlocks):
    first = open_offering(visit_type__duration_minutes=60)
    offerings = [first] + [
        OfferingFactory(
            doctor=first.doctor,
            location=first.location,
            visit_type__duration_minutes=minutes,
            visit_type__buffer_after_minutes=buffer,
        )
        for minutes, buffer in ((15, 0), (20, 10), (30, 0), (45, 15))
    ]
    calls = [
        lambda o=offering: hold(o, TEN) for offering in offerings for _ in range(4)
    ]
    won = winners(at_once(calls), services.SlotTaken)
    assert len(won) == 1


@pytest.mark.parametrize("round_", range(2))
def test_twenty_doctors_share_one_room_one_at_a_time(round_, no_deadlocks):
    room = RoomFactory()
    offerings = [open_offering(room=room, location=room.location) for _ in range(CROWD)]
    outcomes = at_once([lambda o=offering: hold(o) for offering in offerings])
    assert live() == winners(outcomes, services.SlotTaken)
    assert len(live()) == 1


@pytest.mark.parametrize("round_", range(2))
def test_one_patient_submits_to_twenty_doctors_and_sees_one(round_, no_deadlocks):
    patient = PatientFactory()
    held = [hold(open_offering(visit_type__free=True)) for _ in range(CROWD)]
    outcomes = at_once([lambda a=row: submit(a, patient) for row in held])
    won = winners(outcomes, services.PatientBusy)
    assert len(won) == 1
    assert list(Appointment.objects.filter(patient=patient)) == won


def test_site_and_desk_want_the_same_time(no_deadlocks):
    offering = open_offering(visit_type__free=True)

    def at_desk():
        return services.book_for_patient(
            actor=None,
            patient=PatientFactory(),
            offering=offering,
            starts_at=TEN,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )

    calls = [at_desk if n % 2 else (lambda: hold(offering)) for n in range(CROWD)]
    won = winners(at_once(calls), services.SlotTaken)
    assert live() == won
    assert len(won) == 1


def test_doctors_rooms_and_patients_crossed_over_never_wait_for_each_other(
    no_deadlocks,
):
    """Everybody needs a doctor, a room and a patient that others need as well, in
    every combination: the order of the locks leaves no circle."""
    first = RoomFactory()
    rooms = [first, RoomFactory(location=first.location)]
    patients = [PatientFactory(), PatientFactory()]
    base = [open_offering(location=first.location) for _ in range(2)]
    offerings = [
        OfferingFactory(
            doctor=offering.doctor,
            location=first.location,
            room=room,
            visit_type__free=True,
        )
        for offering in base
        for room in rooms
    ]
    calls = [
        lambda o=offering, p=patient: services.book_for_patient(
            actor=None,
            patient=p,
            offering=o,
            starts_at=TEN,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )
        for offering in offerings
        for patient in patients
        for _ in range(3)
    ]
    won = winners(at_once(calls), services.SlotTaken)
    assert won
    for name in ("doctor_id", "room_id", "patient_id"):
        owners = [getattr(row, name) for row in won]
        assert len(owners) == len(set(owners))


# --- The control ----------------------------------------------------------------


def test_control_without_lock_and_constraint_the_doctor_is_booked_twice(
    without_constraints, without_locks
):
    offering = open_offering()
    at_once(lambda: hold(offering) for _ in range(CROWD))
    assert len(live()) > 1


def test_control_the_lock_alone_is_enough_for_the_doctor(
    without_constraints, monkeypatch
):
    dawdle(monkeypatch)
    offering = open_offering()
    outcomes = at_once(lambda: hold(offering) for _ in range(5))
    won = winners(outcomes, services.SlotTaken)
    assert live() == won
    assert len(won) == 1


def test_control_the_constraint_alone_is_enough_for_the_doctor(without_locks):
    offering = open_offering()
    outcomes = at_once(lambda: hold(offering) for _ in range(CROWD))
    won = winners(outcomes, services.SlotTaken)
    assert live() == won
    assert len(won) == 1


def test_control_without_lock_and_constraint_the_room_is_booked_twice(
    without_constraints, without_locks
):
    room = RoomFactory()
    offerings = [open_offering(room=room, location=room.location) for _ in range(5)]
    at_once([lambda o=offering: hold(o) for offering in offerings])
    assert len(live()) > 1


def test_control_the_lock_alone_is_enough_for_the_room(
    without_constraints, monkeypatch
):
    dawdle(monkeypatch)
    room = RoomFactory()
    offerings = [open_offering(room=room, location=room.location) for _ in range(5)]
    outcomes = at_once([lambda o=offering: hold(o) for offering in offerings])
    assert len(winners(outcomes, services.SlotTaken)) == 1
    assert len(live()) == 1


# --- One request, more than once ------------------------------------------------


def test_a_form_sent_twenty_times_at_once_makes_one_booking(no_deadlocks):
    offering, key = open_offering(), uuid.uuid4()
    outcomes = at_once(lambda: hold(offering, key=key) for _ in range(CROWD))
    made = winners(outcomes)
    assert len(made) == CROWD
    assert {row.pk for row in made} == {row.pk for row in live()}
    assert len(live()) == 1


def test_one_key_with_two_requests_at_once_makes_one_booking(no_deadlocks):
    offerings, key = [open_offering(), open_offering()], uuid.uuid4()
    calls = [
        lambda o=offering: hold(o, key=key) for offering in offerings for _ in range(8)
    ]
    made = winners(at_once(calls), services.KeyReused)
    assert len({row.pk for row in made}) == 1
    assert len(live()) == 1


def test_details_sent_twenty_times_at_once_confirm_once(no_deadlocks):
    held = hold(open_offering(visit_type__free=True))
    patient, key = PatientFactory(), uuid.uuid4()
    outcomes = at_once(lambda: submit(held, patient, key) for _ in range(CROWD))
    made = winners(outcomes)
    assert {(row.pk, row.status) for row in made} == {(held.pk, Status.CONFIRMED)}
    assert StatusChange.objects.filter(to_status=Status.CONFIRMED).count() == 1
    jobs = [path for path, _ in queued_jobs() if path.endswith("send_confirmation")]
    assert len(jobs) == 1


def test_money_that_arrives_twenty_times_confirms_once(no_deadlocks):
    held = hold(open_offering())
    submit(held, PatientFactory())
    outcomes = at_once(
        lambda: services.confirm_paid(appointment_id=held.pk, at=NOW)
        for _ in range(CROWD)
    )
    made = winners(outcomes)
    assert {row.status for row in made} == {Status.CONFIRMED}
    assert StatusChange.objects.filter(to_status=Status.CONFIRMED).count() == 1


# --- Against the clock and each other -------------------------------------------


def test_a_lapsed_hold_goes_to_one_of_twenty(no_deadlocks):
    offering = open_offering()
    old = hold(offering)
    late = NOW + HOLD
    calls = [lambda: hold(offering, at=late) for _ in range(CROWD)]
    calls += [lambda: services.expire_lapsed(at=late) for _ in range(4)]
    won = [
        row for row in winners(at_once(calls), services.SlotTaken) if row is not None
    ]
    old.refresh_from_db()
    assert old.status == Status.EXPIRED
    assert live() == [row for row in won if isinstance(row, Appointment)]
    assert len(live()) == 1
    assert StatusChange.objects.filter(to_status=Status.EXPIRED).count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_late_money_and_a_new_visitor_want_the_same_time(round_, no_deadlocks):
    offering = open_offering()
    old = hold(offering)
    submit(old, PatientFactory())
    late = NOW + HOLD
    calls = [lambda: hold(offering, at=late) for _ in range(6)]
    calls += [
        lambda: services.confirm_paid(appointment_id=old.pk, at=late) for _ in range(6)
    ]
    winners(at_once(calls), services.SlotTaken)
    old.refresh_from_db()
    assert len(live()) == 1
    assert old.status in (Status.CONFIRMED, Status.EXPIRED)


def test_a_request_is_answered_once(no_deadlocks):
    row = AppointmentFactory(
        offering=open_offering(visit_type__free=True),
        starts_at=TEN,
        status=Status.REQUESTED,
    )

    def approve():
        return services.approve_request(actor=None, appointment=row, at=NOW)

    def decline():
        return services.decline_request(actor=None, appointment=row, reason="", at=NOW)

    outcomes = at_once([approve, decline] * 8)
    winners(outcomes, services.MoveRefused)
    row.refresh_from_db()
    assert row.status in (Status.CONFIRMED, Status.DECLINED)
    assert StatusChange.objects.count() == 1


def test_a_visit_is_cancelled_once_and_its_refund_is_fixed(no_deadlocks):
    row = AppointmentFactory(offering=open_offering(), starts_at=TEN)
    calls = [
        lambda b=by: services.cancel_appointment(
            actor=None,
            appointment=row,
            reason="",
            by=b,
            at=TEN - timedelta(hours=1),
        )
        for by in (Party.PATIENT, Party.CLINIC)
        for _ in range(8)
    ]
    made = winners(at_once(calls))
    assert len({(r.cancelled_by, r.refund_due) for r in made}) == 1
    assert StatusChange.objects.count() == 1


def test_neighbours_do_not_disturb_each_other(no_deadlocks):
    offering = open_offering()
    starts = [TEN + n * timedelta(minutes=30) for n in range(-2, 12)]
    outcomes = at_once([lambda s=start: hold(offering, s) for start in starts])
    assert len(winners(outcomes)) == len(starts)
    counts = Counter(row.starts_at for row in live())
    assert counts == Counter(starts)


@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_that_does_whatever_it_likes_breaks_no_promise(seed, no_deadlocks):
    clinic = Clinic()

    def somebody(number):
        pick = random.Random(seed * 100 + number)  # noqa: S311
        return [clinic.act(pick) for _ in range(30)]

    outcomes = at_once([lambda n=number: somebody(n) for number in range(6)])
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert broken_promises() == []
    done = Counter(act for outcome in outcomes for act in outcome.value)
    # Who comes first is chance; that somebody had a time and somebody lost one is not.
    assert done["hold"] + done["desk"] + done["overbook"] > 0
    assert done["SlotTaken"] > 0
