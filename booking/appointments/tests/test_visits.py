"""Answering requests, money, the clinic's day, cancelling and lapsing."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import CareRelation
from audit.models import Entry
from booking.appointments import services
from booking.appointments.models import HOLD, LIVE, Appointment, Party, Status
from booking.appointments.services.state import locked, move
from booking.models import StatusChange
from clinic.models import Offering
from tests.factories.accounts import PatientFactory, UserFactory
from tests.factories.booking import (
    AppointmentFactory,
    AvailabilityExceptionFactory,
    open_offering,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)


def visit(status=Status.CONFIRMED, offering=None, **fields):
    if status == Status.HELD:
        fields = {"hold_expires_at": NOW + HOLD} | fields
    offering = offering or open_offering()
    fields = {"offering": offering, "starts_at": TEN, "status": status} | fields
    return AppointmentFactory(**fields)


def requested(**fields):
    offering = open_offering(
        **{f"visit_type__{name}": value for name, value in fields.items()}
    )
    return visit(Status.REQUESTED, offering)


# --- The machine itself ---------------------------------------------------------


@pytest.mark.parametrize(("before", "to"), list(itertools.product(Status, Status)))
def test_only_the_moves_of_the_table_are_made(before, to):
    row = visit(before, hold_expires_at=NOW + HOLD)
    if to in Appointment.MOVES.get(before, ()):
        move(locked(row), to, actor=None, at=NOW)
    else:
        with pytest.raises(services.MoveRefused):
            move(locked(row), to, actor=None, at=NOW)
        to = before
    row.refresh_from_db()
    assert row.status == to


def test_a_move_is_written_down_and_counted(desk):
    row = visit()
    services.mark_arrived(actor=desk, appointment=row, at=TEN, reason="By the door")
    row.refresh_from_db()
    change = StatusChange.objects.get()
    assert (change.from_status, change.to_status) == ("CONFIRMED", "ARRIVED")
    assert (change.actor, change.at, change.reason) == (desk, TEN, "By the door")
    assert row.sequence == 1
    entry = Entry.objects.get(verb="appointment.arrived")
    assert (entry.actor, entry.patient_id) == (desk, row.patient_id)
    assert entry.detail == {"from": "CONFIRMED"}


# --- Answering ------------------------------------------------------------------


def test_approving_what_is_free_confirms_it(heard, dr_lee):
    row = requested(free=True)
    row = services.approve_request(actor=dr_lee, appointment=row, at=NOW)
    assert (row.status, row.confirmed_at) == (Status.CONFIRMED, NOW)
    assert heard() == [("appointment_confirmed", row.pk)]


def test_approving_what_is_paid_first_gives_a_deadline(heard, dr_lee):
    row = requested(payment_deadline_hours=24)
    row = services.approve_request(actor=dr_lee, appointment=row, at=NOW)
    assert (row.status, row.hold_expires_at) == (Status.HELD, NOW + timedelta(days=1))
    assert heard() == [("appointment_approved", row.pk)]


def test_the_deadline_to_pay_ends_before_the_notice_of_the_visit(dr_lee):
    row = requested(payment_deadline_hours=24, minimum_notice_minutes=180)
    row = services.approve_request(
        actor=dr_lee, appointment=row, at=TEN - timedelta(hours=6)
    )
    assert row.hold_expires_at == TEN - timedelta(hours=3)


def test_a_late_approval_still_leaves_time_to_pay(dr_lee):
    row = requested(minimum_notice_minutes=180)
    late = TEN - timedelta(minutes=5)
    row = services.approve_request(actor=dr_lee, appointment=row, at=late)
    assert row.hold_expires_at == late + HOLD


def test_approving_twice_changes_nothing(heard, dr_lee):
    row = requested(free=True)
    services.approve_request(actor=dr_lee, appointment=row, at=NOW)
    services.approve_request(actor=dr_lee, appointment=row, at=NOW)
    assert heard() == [("appointment_confirmed", row.pk)]


def test_what_has_begun_cannot_be_approved(dr_lee):
    row = requested()
    with pytest.raises(services.MoveRefused):
        services.approve_request(actor=dr_lee, appointment=row, at=TEN)


@pytest.mark.parametrize(
    "status", [Status.EXPIRED, Status.CANCELLED, Status.DECLINED, Status.MISSED]
)
def test_only_an_open_request_is_approved(status, dr_lee):
    row = visit(status)
    with pytest.raises(services.MoveRefused):
        services.approve_request(actor=dr_lee, appointment=row, at=NOW)
    row.refresh_from_db()
    assert row.status == status


def test_declining_needs_an_open_request_and_keeps_the_reason(heard, dr_lee):
    row = requested()
    row = services.decline_request(
        actor=dr_lee, appointment=row, reason="See a dentist first", at=NOW
    )
    assert row.status == Status.DECLINED
    assert row.status_changes.get().reason == "See a dentist first"
    assert heard() == [("appointment_declined", row.pk)]
    with pytest.raises(services.MoveRefused):
        services.decline_request(actor=dr_lee, appointment=row, reason="", at=NOW)
    with pytest.raises(services.MoveRefused):
        services.approve_request(actor=dr_lee, appointment=row, at=NOW)


# --- Money ----------------------------------------------------------------------


def test_money_confirms_a_held_visit(heard):
    user = UserFactory()
    row = visit(Status.HELD, open_offering(doctor__user=user))
    row = services.confirm_paid(appointment_id=row.pk, at=NOW)
    assert (row.status, row.confirmed_at) == (Status.CONFIRMED, NOW)
    assert row.hold_expires_at is None
    assert heard() == [("appointment_confirmed", row.pk)]
    assert CareRelation.objects.get(user=user).patient == row.patient


def test_money_confirms_once(heard):
    row = visit(Status.HELD)
    for _ in range(3):
        assert services.confirm_paid(appointment_id=row.pk, at=NOW).status == (
            Status.CONFIRMED
        )
    assert heard() == [("appointment_confirmed", row.pk)]


def test_late_money_finds_its_time_if_nobody_took_it():
    lapsed = visit(Status.HELD)
    late = NOW + 2 * HOLD
    row = services.confirm_paid(appointment_id=lapsed.pk, at=late)
    assert row.status == Status.CONFIRMED


def test_late_money_retakes_a_swept_time(heard):
    row = visit(Status.HELD)
    late = NOW + 2 * HOLD
    services.expire_lapsed(at=late)
    row = services.confirm_paid(appointment_id=row.pk, at=late)
    assert row.status == Status.CONFIRMED
    assert heard() == [("hold_expired", row.pk), ("appointment_confirmed", row.pk)]


def test_late_money_retakes_a_time_from_a_hold_that_lapsed_too():
    offering = open_offering()
    first = visit(Status.EXPIRED, offering)
    second = visit(Status.HELD, offering)
    row = services.confirm_paid(appointment_id=first.pk, at=NOW + 2 * HOLD)
    second.refresh_from_db()
    assert (row.status, second.status) == (Status.CONFIRMED, Status.EXPIRED)


def test_late_money_does_not_take_what_is_somebody_elses_now():
    offering = open_offering()
    row = visit(Status.EXPIRED, offering)
    other = visit(Status.CONFIRMED, offering)
    with pytest.raises(services.SlotTaken):
        services.confirm_paid(appointment_id=row.pk, at=NOW + HOLD)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, other.status) == (Status.EXPIRED, Status.CONFIRMED)


def test_late_money_does_not_book_two_visits_at_once_for_the_patient():
    patient = PatientFactory()
    row = visit(Status.EXPIRED, patient=patient)
    visit(Status.CONFIRMED, patient=patient)
    with pytest.raises(services.SlotTaken):
        services.confirm_paid(appointment_id=row.pk, at=NOW + HOLD)


def test_late_money_does_not_bring_the_doctor_back_from_holiday():
    row = visit(Status.EXPIRED)
    AvailabilityExceptionFactory(
        doctor=row.doctor, starts_at=TEN, ends_at=TEN + timedelta(hours=1)
    )
    with pytest.raises(services.SlotTaken):
        services.confirm_paid(appointment_id=row.pk, at=NOW + HOLD)


def test_money_does_not_turn_back_time():
    row = visit(Status.EXPIRED)
    with pytest.raises(services.SlotTaken):
        services.confirm_paid(appointment_id=row.pk, at=TEN)


def test_late_money_needs_the_time_not_the_offer():
    row = visit(Status.EXPIRED)
    Offering.objects.update(is_active=False)
    row = services.confirm_paid(appointment_id=row.pk, at=NOW + HOLD)
    assert row.status == Status.CONFIRMED


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DECLINED])
def test_money_for_what_has_ended_is_refused(status):
    row = visit(status)
    with pytest.raises(services.MoveRefused):
        services.confirm_paid(appointment_id=row.pk, at=NOW)


# --- The day --------------------------------------------------------------------


def test_a_visit_from_the_door_to_the_end(heard, desk, dr_lee):
    row = visit()
    services.mark_arrived(actor=desk, appointment=row, at=TEN)
    services.start_consultation(actor=dr_lee, appointment=row, at=TEN)
    row = services.complete_visit(actor=dr_lee, appointment=row, at=TEN)
    assert row.status == Status.COMPLETED
    assert heard() == [
        ("appointment_arrived", row.pk),
        ("appointment_completed", row.pk),
    ]


def test_nobody_arrives_before_the_day_where_the_visit_is(desk):
    row = visit(
        offering=open_offering(location__time_zone="Pacific/Auckland"),
        # Tuesday 17 March, 9:00 in Auckland.
        starts_at=datetime(2026, 3, 16, 20, tzinfo=UTC),
    )
    eve = datetime(2026, 3, 16, 10, 59, tzinfo=UTC)
    with pytest.raises(services.MoveRefused):
        services.mark_arrived(actor=desk, appointment=row, at=eve)
    day = eve + timedelta(minutes=1)
    row = services.mark_arrived(actor=desk, appointment=row, at=day)
    assert row.status == Status.ARRIVED


def test_a_slip_is_undone_step_by_step(heard, desk):
    row = visit(Status.IN_CONSULTATION)
    row = services.undo_arrival(actor=desk, appointment=row, at=TEN)
    assert row.status == Status.ARRIVED
    row = services.undo_arrival(actor=desk, appointment=row, at=TEN)
    assert row.status == Status.CONFIRMED
    with pytest.raises(services.MoveRefused):
        services.undo_arrival(actor=desk, appointment=row, at=TEN)
    assert heard() == []


def test_nobody_is_missed_before_the_start(heard, desk):
    row = visit()
    with pytest.raises(services.MoveRefused):
        services.mark_missed(actor=desk, appointment=row, at=TEN - timedelta(seconds=1))
    row = services.mark_missed(actor=desk, appointment=row, at=TEN)
    assert row.status == Status.MISSED
    assert heard() == [("appointment_missed", row.pk)]


def test_who_was_missed_may_come_late(desk):
    row = visit(Status.MISSED)
    row = services.mark_arrived(
        actor=desk, appointment=row, at=TEN + timedelta(minutes=20)
    )
    assert row.status == Status.ARRIVED


def test_who_comes_late_does_not_push_out_who_took_the_time(desk):
    offering = open_offering()
    late = visit(Status.MISSED, offering)
    visit(Status.CONFIRMED, offering)
    with pytest.raises(services.SlotTaken):
        services.mark_arrived(actor=desk, appointment=late, at=TEN)


# --- Cancelling -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "before", "refund"),
    [
        (Party.PATIENT, timedelta(hours=24, seconds=1), "65.00"),
        (Party.PATIENT, timedelta(hours=24), "32.50"),
        (Party.PATIENT, timedelta(minutes=1), "32.50"),
        (Party.CLINIC, timedelta(minutes=1), "65.00"),
        (Party.CLINIC, timedelta(minutes=-10), "65.00"),
    ],
)
def test_cancelling_keeps_what_the_terms_said(by, before, refund, heard, ann):
    row = visit()
    at = TEN - before
    row = services.cancel_appointment(
        actor=ann, appointment=row, reason="Ill", by=by, at=at
    )
    row.refresh_from_db()
    assert (row.status, row.cancelled_by, row.cancelled_at) == ("CANCELLED", by, at)
    assert row.refund_due == Decimal(refund)
    assert heard() == [("appointment_cancelled", row.pk)]


def test_cancelling_twice_is_cancelling_once(heard, ann):
    row = visit()
    cancel = {"actor": ann, "appointment": row, "reason": ""}
    services.cancel_appointment(**cancel, by=Party.PATIENT, at=TEN - timedelta(hours=1))
    row = services.cancel_appointment(**cancel, by=Party.CLINIC, at=NOW)
    assert (row.cancelled_by, row.refund_due) == (Party.PATIENT, Decimal("32.50"))
    assert len(heard()) == 1


def test_a_patient_cannot_cancel_what_has_begun(ann):
    row = visit()
    with pytest.raises(services.MoveRefused):
        services.cancel_appointment(
            actor=ann, appointment=row, reason="", by=Party.PATIENT, at=TEN
        )


@pytest.mark.parametrize("status", [s for s in Status if s not in LIVE])
def test_what_is_over_is_not_cancelled(status, desk):
    row = visit(status)
    cancel = {"actor": desk, "appointment": row, "reason": "", "by": Party.CLINIC}
    if status == Status.CANCELLED:
        assert services.cancel_appointment(**cancel, at=NOW) == row
    else:
        with pytest.raises(services.MoveRefused):
            services.cancel_appointment(**cancel, at=NOW)


# --- Lapsing --------------------------------------------------------------------


def test_the_sweep_takes_what_has_lapsed_and_nothing_else(heard):
    lapsed = visit(Status.HELD, hold_expires_at=NOW)
    unanswered = visit(Status.REQUESTED, starts_at=NOW)
    visit(Status.HELD, hold_expires_at=NOW + timedelta(seconds=1))
    visit(Status.REQUESTED, starts_at=NOW + timedelta(seconds=1))
    visit(Status.CONFIRMED, starts_at=NOW - timedelta(days=1))
    assert services.expire_lapsed(at=NOW) == 2
    expired = Appointment.objects.filter(status=Status.EXPIRED)
    assert set(expired) == {lapsed, unanswered}
    assert set(heard()) == {
        ("hold_expired", lapsed.pk),
        ("hold_expired", unanswered.pk),
    }
    assert services.expire_lapsed(at=NOW) == 0
