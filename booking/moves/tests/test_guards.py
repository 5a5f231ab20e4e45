"""What holds when something else is first: links, answers, reminders, numbers."""

import uuid
from datetime import timedelta

import pytest

from booking.appointments import services as appointments
from booking.appointments.models import Party, Status
from booking.appointments.services import MoveRefused, give_time
from booking.models import Appointment, Move
from booking.moves import services
from booking.moves.queries import standing
from booking.moves.tests.test_services import (
    ELEVEN,
    HOUR,
    NOW,
    TEN,
    again,
    move,
    offering,
    offering_of,
    on_request,
    visit,
)
from booking.reminders.services import send_due_reminders
from notifications.models import Delivery

__all__ = ["offering", "on_request", "visit"]
pytestmark = pytest.mark.django_db


def test_who_looks_at_a_time_that_is_gone_moves_nothing(visit):
    """Two browsers behind one link: the second has an older page before it."""
    seen = Appointment.objects.get(pk=visit.pk)
    move(visit)
    with pytest.raises(services.NotMovable, match="has just been moved"):
        services.move_visit(
            actor=None,
            appointment=seen,
            offering=offering_of(seen),
            starts_at=ELEVEN + HOUR,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )
    assert again(visit).starts_at == ELEVEN


def test_an_approved_move_takes_back_the_reminder_of_the_old_time(visit, on_request):
    row = move(visit)
    send_due_reminders(at=TEN - timedelta(hours=24))
    waiting = Delivery.objects.filter(event="appointment_reminder", status="QUEUED")
    assert waiting.exists()
    Move.objects.update(expires_at=TEN)
    services.approve_move(actor=None, move=again(row), at=TEN - timedelta(hours=23))
    assert again(visit).starts_at == ELEVEN
    assert not waiting.exists()


@pytest.mark.parametrize("end", ["declined", "withdrawn", "expired"])
def test_what_came_to_nothing_uses_up_no_move(visit, on_request, end):
    Appointment.objects.update(most_moves=1)
    row = move(visit)
    if end == "declined":
        services.decline_move(actor=None, move=row, reason="No.", at=NOW)
    elif end == "withdrawn":
        services.withdraw_move(actor=None, move=row, at=NOW)
    else:
        Move.objects.update(expires_at=NOW)
        services.expire_moves(at=NOW)
    assert standing(again(visit), at=NOW).is_movable


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.ARRIVED])
def test_only_a_booked_visit_is_given_a_time(visit, status):
    Appointment.objects.update(status=status)
    with pytest.raises(MoveRefused):
        give_time(
            again(visit),
            actor=None,
            offering=offering_of(visit),
            starts_at=ELEVEN,
            by=Party.CLINIC,
            at=NOW,
        )
    assert again(visit).starts_at == TEN


def test_a_visit_that_was_cancelled_a_moment_ago_is_not_moved_by_a_yes(
    visit, on_request
):
    """The job that ends the request has not run yet."""
    row = move(visit)
    appointments.cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=NOW
    )
    with pytest.raises(MoveRefused):
        services.approve_move(actor=None, move=again(row), at=NOW)
    assert again(row.hold).status == Status.HELD
    assert again(visit).status == Status.CANCELLED
