"""An earlier time from the list: the visit that there is moves there."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest

from booking.appointments.models import Party, Status
from booking.appointments.queries import cancellation_terms
from booking.appointments.services import (
    PatientBusy,
    approve_request,
    cancel_appointment,
)
from booking.models import Appointment, FreedTime, Move, Offer
from booking.moves.queries import standing
from booking.moves.services import (
    approve_move,
    decline_move,
    expire_moves,
    move_visit,
    withdraw_move,
)
from booking.moves.tasks import send_moved
from booking.waitlist.queries import outcome_of
from booking.waitlist.services import NotSooner, accept_offer, sweep_waitlist
from booking.waitlist.tests.conftest import MONDAY, NOW
from notifications.models import Delivery
from tests.factories.booking import open_offering
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


def accept(offer, actor=None, at=NOW + MINUTES):
    return accept_offer(actor=actor, offer=offer, at=at, by_link=actor is None)


def told(event):
    return set(Delivery.objects.filter(event=event).values_list("patient", flat=True))


THURSDAY = MONDAY + timedelta(days=3)


def earlier(line, patient, *, old=None, at=NOW, starts_at=MONDAY):
    """`patient` has a visit on Thursday, or `old`, and is offered `starts_at`; the
    visit."""
    old = old or line.book(THURSDAY, patient)
    line.waits(patient, replaces=old)
    line.free(starts_at, at=at)
    return old


def test_the_later_visit_moves_there_and_stays_the_visit_it_is(line, ann, open_offers):
    old = earlier(line, ann.patient)
    second = line.waits()
    held = FreedTime.objects.get().hold
    visit = accept(Offer.objects.get(), ann)
    assert visit == old
    assert (visit.status, visit.starts_at, visit.public_id, visit.sequence) == (
        Status.CONFIRMED,
        MONDAY,
        old.public_id,
        old.sequence + 1,
    )
    held.refresh_from_db()
    assert (held.status, held.patient) == (Status.EXPIRED, None)
    live = Appointment.objects.live(NOW).filter(patient=ann.patient)
    assert list(live) == [visit]
    row = visit.moves.get()
    assert (row.status, row.from_starts_at, row.to_starts_at, row.actor) == (
        Move.Status.DONE,
        THURSDAY,
        MONDAY,
        ann,
    )
    assert row.reason == "An earlier time from the waiting list."
    job = ("booking.moves.tasks.send_moved", {"move_id": row.pk})
    assert job in queued_jobs()
    # And the time it had is offered to the next.
    sweep_waitlist(at=NOW + 2 * MINUTES)
    assert open_offers() == [second]
    assert Offer.objects.get(entry=second).freed.starts_at == THURSDAY


def test_accepting_an_earlier_time_twice_moves_once(line, ann):
    earlier(line, ann.patient)
    offer = Offer.objects.get()
    first = accept(offer, ann)
    assert accept(offer, ann) == first
    assert first.moves.count() == 1


def test_what_was_paid_stays_paid_and_nothing_more_is_due(paid_first, ann):
    """Also in the hours in which cancelling costs something."""
    at = MONDAY.replace(hour=8)
    old = paid_first.book(
        MONDAY + timedelta(hours=5),
        ann.patient,
        price=Decimal(65),
        payment_policy="BEFORE",
    )
    earlier(
        paid_first, ann.patient, old=old, at=at, starts_at=MONDAY + timedelta(hours=3)
    )
    visit = accept(Offer.objects.get(), ann, at=at + MINUTES)
    assert (visit.status, visit.starts_at) == (
        Status.CONFIRMED,
        MONDAY + timedelta(hours=3),
    )
    assert (visit.price, visit.refund_due) == (65, None)
    # The move is no way round the fee.
    terms = cancellation_terms(visit, at=at + 2 * MINUTES)
    assert terms == cancellation_terms(old, at=at + 2 * MINUTES)._replace(
        free_until=terms.free_until
    )
    assert terms.fee > 0


def test_it_uses_up_no_move_of_theirs(line, ann):
    old = earlier(line, ann.patient)
    Appointment.objects.filter(pk=old.pk).update(most_moves=1)
    visit = accept(Offer.objects.get(), ann)
    assert standing(visit, at=NOW + MINUTES).is_movable


def test_a_later_visit_that_was_cancelled_meanwhile_is_no_hindrance(line, ann):
    old = earlier(line, ann.patient)
    cancel_appointment(actor=ann, appointment=old, reason="", by=Party.PATIENT, at=NOW)
    visit = accept(Offer.objects.get(), ann)
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, MONDAY)
    assert visit != old


def test_who_has_another_visit_then_keeps_both(line, ann):
    old = earlier(line, ann.patient)
    line.book(patient=ann.patient, offering=open_offering())
    with pytest.raises(PatientBusy):
        accept(Offer.objects.get(), ann)
    old.refresh_from_db()
    assert (old.starts_at, old.moves.count()) == (THURSDAY, 0)
    # Everything or nothing: the time is held for them still.
    assert FreedTime.objects.get().hold.status == Status.HELD


@pytest.mark.parametrize("status", ["HELD", "ARRIVED", "IN_CONSULTATION"])
def test_a_visit_that_cannot_move_any_more_is_left_alone(line, ann, status):
    old = earlier(line, ann.patient)
    Appointment.objects.filter(pk=old.pk).update(
        status=status, hold_expires_at=THURSDAY
    )
    with pytest.raises(NotSooner):
        accept(Offer.objects.get(), ann)
    old.refresh_from_db()
    assert (old.status, old.starts_at) == (status, THURSDAY)
    assert Offer.objects.get().status == Offer.Status.OPEN


def test_nor_is_one_that_is_earlier_by_now(line, ann):
    old = earlier(line, ann.patient)
    Appointment.objects.filter(pk=old.pk).update(
        starts_at=MONDAY - timedelta(hours=1),
        busy_starts_at=MONDAY - timedelta(hours=1),
        ends_at=MONDAY - timedelta(minutes=30),
        busy_ends_at=MONDAY - timedelta(minutes=30),
    )
    with pytest.raises(NotSooner):
        accept(Offer.objects.get(), ann)
    assert not old.moves.exists()


# --- Where the doctor approves each ---------------------------------------------


@pytest.fixture
def on_request(line):
    kind = line.offering.visit_type
    kind.booking_policy = "REQUEST"
    kind.save()
    line.offering.refresh_from_db()
    return line


def test_the_visit_keeps_its_time_until_the_doctor_agrees(on_request, ann):
    old = earlier(on_request, ann.patient)
    kept = FreedTime.objects.get().hold
    visit = accept(Offer.objects.get(), ann)
    row = visit.moves.get()
    assert (visit, visit.starts_at, row.status) == (old, THURSDAY, Move.Status.ASKED)
    # What was kept for them goes on being kept, until the answer.
    assert (row.hold, row.hold.hold_expires_at) == (kept, row.expires_at)
    assert outcome_of(Offer.objects.get()) == "ASKED"
    approve_move(actor=None, move=row, at=NOW + 2 * MINUTES)
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == (Status.CONFIRMED, MONDAY)
    assert outcome_of(Offer.objects.get()) == "TAKEN"


@pytest.mark.parametrize("end", ["decline", "withdraw", "expire"])
def test_without_a_yes_the_visit_stays_and_the_time_goes_on(
    on_request, ann, open_offers, end
):
    old = earlier(on_request, ann.patient)
    accept(Offer.objects.get(), ann)
    second = on_request.waits()
    row, at = old.moves.get(), NOW + 5 * MINUTES
    if end == "decline":
        decline_move(actor=None, move=row, reason="", at=at)
    elif end == "withdraw":
        withdraw_move(actor=ann, move=row, at=at)
    else:
        at = row.expires_at
        expire_moves(at=at)
    old.refresh_from_db()
    assert (old.status, old.starts_at) == (Status.CONFIRMED, THURSDAY)
    assert outcome_of(Offer.objects.get()) == "UNMOVED"
    sweep_waitlist(at=at)
    # To the next, and not to whom it was no good.
    assert open_offers() == [second]
    assert Offer.objects.get(entry=second).freed.starts_at == MONDAY


def test_a_request_is_asked_for_at_the_earlier_time(on_request, ann):
    old = on_request.book(THURSDAY, ann.patient, status="REQUESTED", confirmed_at=None)
    earlier(on_request, ann.patient, old=old)
    visit = accept(Offer.objects.get(), ann)
    assert (visit, visit.status, visit.starts_at) == (old, Status.REQUESTED, MONDAY)
    send_moved(visit.moves.get().pk)
    assert told("appointment_requested") == {ann.patient.pk}
    assert told("appointment_moved") == set()
    assert approve_request(actor=None, appointment=visit, at=NOW).starts_at == MONDAY


def test_what_they_had_asked_for_before_is_void(on_request, ann):
    old = earlier(on_request, ann.patient)
    before = move_visit(
        actor=ann,
        appointment=old,
        offering=on_request.offering,
        starts_at=THURSDAY + timedelta(hours=1),
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    accept(Offer.objects.get(), ann)
    before.refresh_from_db()
    before.hold.refresh_from_db()
    assert (before.status, before.hold.status) == (
        Move.Status.WITHDRAWN,
        Status.EXPIRED,
    )
    assert old.moves.get(status="ASKED").to_starts_at == MONDAY
