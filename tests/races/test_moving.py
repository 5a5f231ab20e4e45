"""Many move at once: one has the time, and nobody ever loses the one they had.

Each lock has its control, as in test_booking: with the constraint taken out of the
database the race is there without the lock, and gone with it.
"""

import time
import uuid
from datetime import UTC, datetime, timedelta
from threading import Event, Timer

import pytest
from django.db import transaction

from booking.appointments import services as appointments
from booking.appointments.models import LIVE, Party, Status
from booking.appointments.services import moving
from booking.models import Appointment, Move, Reminder
from booking.moves import services
from booking.moves.services import asking
from booking.reminders.services import claim_due, send_due_reminders
from notifications.models import Delivery
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.chaos import broken_promises
from tests.races.conftest import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)
# The one time that everybody wants, after all of theirs.
WANTED = datetime(2026, 3, 17, 15, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
CROWD = 20
PATIENCE = 2.0


@pytest.fixture
def offering(transactional_db):
    return open_offering()


@pytest.fixture
def visits(offering):
    """Twenty patients of one doctor, each with a time of their own."""
    starts = [NINE + n * HALF_HOUR for n in range(16)]
    starts += [start + timedelta(days=1) for start in starts[:4]]
    return [
        AppointmentFactory(offering=offering, starts_at=start, confirmed_at=NOW)
        for start in starts[:CROWD]
    ]


def move(visit, offering, starts_at=WANTED, key=None):
    return services.move_visit(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=starts_at,
        reason="",
        at=NOW,
        idempotency_key=key or uuid.uuid4(),
    )


def drag(visit, offering, starts_at=WANTED + timedelta(minutes=10)):
    """What staff do in the calendar, off the grid of what is offered."""
    return services.move_for_patient(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=starts_at,
        reason="A meeting",
        at=NOW,
        idempotency_key=uuid.uuid4(),
        seen=visit.sequence,
    )


def cancel(visit):
    return appointments.cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=NOW
    )


def times(visits):
    rows = Appointment.objects.filter(pk__in=[visit.pk for visit in visits])
    return dict(rows.values_list("pk", "starts_at"))


def unexpected(outcomes, *refusals):
    return [
        outcome.error
        for outcome in outcomes
        if outcome.error is not None and not isinstance(outcome.error, refusals)
    ]


def in_two_places():
    """Of visits that a factory made, so without the beginning of their history."""
    return [wrong for wrong in broken_promises() if " follow nothing" not in wrong]


@pytest.fixture
def without_locks(monkeypatch):
    """Nobody locks a calendar, and everybody dawdles between looking and writing."""
    monkeypatch.setattr(asking, "lock_calendars", lambda **_: None)
    for name in ("fit_at", "obstacles"):
        look = getattr(moving, name)

        def dawdle(*args, look=look, **kwargs):
            found = look(*args, **kwargs)
            time.sleep(0.2)
            return found

        monkeypatch.setattr(moving, name, dawdle)


def test_of_twenty_who_move_to_one_time_one_gets_it_and_nobody_loses_theirs(
    offering, visits, no_deadlocks
):
    before = times(visits)
    outcomes = at_once(lambda visit=visit: move(visit, offering) for visit in visits)
    assert unexpected(outcomes, appointments.SlotTaken) == []
    winners = [outcome.value for outcome in outcomes if outcome.error is None]
    assert len(winners) == 1
    after = times(visits)
    [won] = [pk for pk, at in after.items() if at == WANTED]
    assert won == winners[0].appointment_id
    assert {pk: at for pk, at in after.items() if pk != won} == {
        pk: at for pk, at in before.items() if pk != won
    }
    assert max(outcome.seconds for outcome in outcomes) < PATIENCE
    assert broken_promises() == []
    assert Move.objects.count() == 1
    losers = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert all(loser.nearest for loser in losers)


def test_control_without_lock_and_constraint_many_get_the_same_time(
    offering, visits, without_locks, without_constraints
):
    at_once(lambda visit=visit: move(visit, offering) for visit in visits[:4])
    assert list(times(visits).values()).count(WANTED) > 1


def test_without_the_lock_the_constraint_still_gives_it_to_one(
    offering, visits, without_locks
):
    at_once(lambda visit=visit: move(visit, offering) for visit in visits[:4])
    assert list(times(visits).values()).count(WANTED) == 1
    assert broken_promises() == []


def test_with_the_lock_alone_one_gets_it(offering, visits, without_constraints):
    at_once(lambda visit=visit: move(visit, offering) for visit in visits[:8])
    assert list(times(visits).values()).count(WANTED) == 1


def test_control_of_staff_without_lock_and_constraint_many_drag_to_one_time(
    offering, visits, without_locks, without_constraints
):
    outcomes = at_once(lambda one=one: drag(one, offering) for one in visits[:4])
    assert [outcome.error for outcome in outcomes].count(None) > 1


def test_of_staff_who_drag_to_one_time_and_patients_who_move_there_one_gets_it(
    offering, visits, without_constraints
):
    outcomes = at_once(
        lambda one=one, act=act: act(one, offering)
        for one, act in zip(visits[:8], [drag, move] * 4, strict=True)
    )
    assert unexpected(outcomes, appointments.SlotTaken) == []
    assert [outcome.error for outcome in outcomes].count(None) == 1


def test_of_two_who_drag_one_visit_the_second_is_told(offering, visits):
    visit = visits[0]
    outcomes = at_once(
        lambda hours=hours: drag(visit, offering, WANTED - timedelta(hours=hours))
        for hours in (1, 2)
    )
    errors = [one.error for one in outcomes if one.error is not None]
    assert [type(error) for error in errors] == [services.ChangedMeanwhile]
    assert Move.objects.count() == 1


def test_a_form_sent_ten_times_at_once_moves_once(offering, visits):
    key, visit = uuid.uuid4(), visits[0]
    outcomes = at_once(lambda: move(visit, offering, key=key) for _ in range(10))
    assert unexpected(outcomes) == []
    assert {outcome.value.pk for outcome in outcomes} == {Move.objects.get().pk}
    visit.refresh_from_db()
    assert visit.sequence == 1


def test_two_forms_behind_one_link_move_once(offering, visits):
    visit = visits[0]
    outcomes = at_once(
        lambda start=start: move(visit, offering, starts_at=start)
        for start in (WANTED, WANTED + HALF_HOUR, WANTED - HALF_HOUR)
    )
    assert unexpected(outcomes, services.NotMovable) == []
    [won] = [outcome.value for outcome in outcomes if outcome.error is None]
    assert Move.objects.get() == won
    assert times([visit])[visit.pk] == won.to_starts_at


def test_two_who_swap_towards_each_other_never_end_in_one_place(offering, visits):
    """Each wants the time that the other has just left, or has not."""
    one, two = visits[0], visits[1]
    at_once(
        [
            lambda: move(one, offering, starts_at=two.starts_at),
            lambda: move(two, offering, starts_at=one.starts_at),
            lambda: move(one, offering),
            lambda: move(two, offering, starts_at=WANTED + HALF_HOUR),
        ]
    )
    assert broken_promises() == []
    assert len(set(times([one, two]).values())) == 2


def test_a_visit_is_moved_or_cancelled_and_its_times_are_free_as_it_says(
    offering, visits, no_deadlocks
):
    for visit in visits[:5]:
        start = visit.starts_at + timedelta(days=7)
        outcomes = at_once(
            [
                lambda visit=visit, start=start: move(visit, offering, start),
                lambda visit=visit: cancel(visit),
            ]
        )
        assert unexpected(outcomes, services.NotMovable) == []
        visit.refresh_from_db()
        # Cancelling always comes through; what was moved before is off as well.
        assert visit.status == Status.CANCELLED
        live = Appointment.objects.filter(status__in=LIVE, starts_at=start)
        assert not live.exists()


def test_a_request_is_approved_or_withdrawn_or_cancelled_never_both(offering, visits):
    kind = offering.visit_type
    kind.booking_policy = "REQUEST"
    kind.save()
    for number, visit in enumerate(visits[:6]):
        start = visit.starts_at + timedelta(days=7)
        row = move(Appointment.objects.get(pk=visit.pk), offering, start)
        other = (
            (lambda row=row: services.withdraw_move(actor=None, move=row, at=NOW))
            if number % 2
            else (lambda visit=visit: cancel(visit))
        )
        outcomes = at_once(
            [
                lambda row=row: services.approve_move(actor=None, move=row, at=NOW),
                other,
            ]
        )
        assert unexpected(outcomes, appointments.MoveRefused) == []
        visit.refresh_from_db()
        row.refresh_from_db()
        services.close_moves(appointment=visit, at=NOW)
        assert in_two_places() == []
        held = Appointment.objects.filter(
            status__in=LIVE, starts_at__in=[row.from_starts_at, row.to_starts_at]
        )
        expected = 1 if visit.status == Status.CONFIRMED else 0
        assert held.count() == expected
        if row.status == Move.Status.DONE:
            assert visit.starts_at == row.to_starts_at


# --- Reminders ------------------------------------------------------------------


def dawdle_after_claim(claimed, go_on, at):
    """Claim reminders and write their messages, and wait before the commit."""
    with transaction.atomic():
        sent = send_due_reminders(at=at)
        claimed.set()
        go_on.wait(5)
    return sent


def test_a_move_finds_the_reminder_that_is_being_claimed_and_withdraws_it(
    offering, visits
):
    visit, at = visits[0], visits[0].starts_at - timedelta(hours=24)
    claimed, go_on = Event(), Event()

    def mover():
        claimed.wait(5)
        # It waits for the claim, which goes on a moment later.
        Timer(0.5, go_on.set).start()
        return move(visit, offering)

    outcomes = at_once([lambda: dawdle_after_claim(claimed, go_on, at), mover])
    assert unexpected(outcomes) == []
    assert Reminder.objects.filter(appointment=visit).exists()
    waiting = Delivery.objects.filter(
        event="appointment_reminder", patient=visit.patient
    )
    assert waiting.exists()
    assert set(waiting.values_list("status", flat=True)) == {"SUPPRESSED"}


def test_a_visit_that_is_being_moved_is_not_reminded_of_the_old_time(offering, visits):
    visit, at = visits[0], visits[0].starts_at - timedelta(hours=24)
    moved, go_on = Event(), Event()

    def mover():
        with transaction.atomic():
            made = move(visit, offering)
            moved.set()
            go_on.wait(5)
        return made

    def claimer():
        moved.wait(5)
        found = claim_due(at=at)
        go_on.set()
        return [claim.appointment_id for claim in found]

    outcomes = at_once([mover, claimer])
    assert unexpected(outcomes) == []
    assert visit.pk not in outcomes[1].value
    assert not Reminder.objects.filter(appointment=visit).exists()
