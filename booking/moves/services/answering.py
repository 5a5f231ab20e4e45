"""What becomes of a move that somebody asked for."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services import (
    MoveRefused,
    PatientBusy,
    give_time,
    locked,
    release_hold,
    takes_time,
)
from booking.moves.models import Move
from booking.moves.queries import is_open
from booking.moves.services.asking import end, lock_visit
from booking.reminders.services import withdraw_reminders
from clinic.visit_types.models import Offering
from foundation.events import publish

# How many lapsed ones one sweep takes; the next minute brings the next sweep.
SWEEP = 500
OVER = "This request has ended: nobody answered in time, or it was withdrawn."


@takes_time
def approve_move(*, actor: Any, move: Move, at: datetime) -> Move:
    """Say yes: the held time becomes the visit's, and its old one is free, in one act.

    Locks the doctor's, the new room's and the patient's calendar. Approving twice
    changes nothing. Publishes booking.visit_moved. Raises MoveRefused for a request
    that has ended, and where the patient has another visit then by now.
    """
    hold = move.hold
    if hold is None:
        raise MoveRefused(OVER)
    offering = _offering(hold)
    lock_visit(move.appointment, offering)
    move = _locked(move)
    if move.status == Move.Status.DONE:
        return move
    if not is_open(move, at):
        raise MoveRefused(OVER)
    visit = locked(move.appointment)
    if visit.status != Status.CONFIRMED or visit.starts_at <= at:
        raise MoveRefused(OVER)
    held = release_hold(appointment=hold, at=at)
    try:
        give_time(
            visit,
            actor=actor,
            offering=offering,
            starts_at=move.to_starts_at,
            by=move.by,
            # The terms are those of the moment in which the patient asked.
            asked_at=move.asked_at,
            at=at,
            held=held,
        )
    except PatientBusy as busy:
        raise MoveRefused(
            "The patient has another visit at the new time by now. Decline, so that"
            " they can choose again."
        ) from busy
    end(move, Move.Status.DONE, actor=actor, at=at)
    withdraw_reminders(appointment_id=visit.pk)
    publish("booking.visit_moved", move_id=move.pk)
    return move


@takes_time
def decline_move(*, actor: Any, move: Move, reason: str, at: datetime) -> Move:
    """Say no, with a reason that the patient reads. The visit stays as it is, and the
    held time is free. Publishes booking.move_declined. Raises MoveRefused for a request
    that has ended."""
    move = _locked(move)
    if not is_open(move, at):
        raise MoveRefused(OVER)
    _end_and_release(move, Move.Status.DECLINED, actor=actor, at=at, why=reason)
    publish("booking.move_declined", move_id=move.pk)
    return move


@takes_time
def withdraw_move(*, actor: Any, move: Move, at: datetime) -> Move:
    """The patient would rather keep the old time. Tells nobody; the doctor's list has
    one line less. Withdrawing what has ended changes nothing."""
    move = _locked(move)
    if move.status == Move.Status.ASKED:
        _end_and_release(move, Move.Status.WITHDRAWN, actor=actor, at=at)
    return move


@takes_time
def close_moves(*, appointment: Appointment, at: datetime) -> None:
    """A visit has been cancelled, or has begun: what was asked for it is void, and the
    time held for it is free."""
    if appointment.status == Status.CONFIRMED:
        return
    asked = Move.objects.filter(appointment=appointment, status=Move.Status.ASKED)
    for move in asked.select_for_update().order_by("pk"):
        _end_and_release(move, Move.Status.WITHDRAWN, actor=None, at=at)


def expire_moves(*, at: datetime) -> int:
    """End the requests that nobody answered in time; returns how many. The visit has
    kept its time, and the held one is free by itself: this writes it down and tells.
    Each in a transaction of its own. Publishes booking.move_expired."""
    lapsed = Q(status=Move.Status.ASKED, expires_at__lte=at)
    keys = Move.objects.filter(lapsed).order_by("pk").values_list("pk", flat=True)
    return sum(_expire(pk, lapsed, at) for pk in keys[:SWEEP])


@transaction.atomic
def _expire(pk: int, lapsed: Q, at: datetime) -> bool:
    rows = Move.objects.select_for_update(of=("self",), skip_locked=True)
    move = rows.filter(lapsed, pk=pk).first()
    if move is None:
        return False
    _end_and_release(move, Move.Status.EXPIRED, actor=None, at=at)
    publish("booking.move_expired", move_id=move.pk)
    return True


def _end_and_release(
    move: Move, to: str, *, actor: Any, at: datetime, why: str = ""
) -> None:
    end(move, to, actor=actor, at=at, why=why)
    if move.hold is not None:
        release_hold(appointment=move.hold, at=at)
    record(
        actor=actor,
        verb=f"appointment.move_{to.lower()}",
        subject=move.appointment,
        patient=move.appointment.patient,
    )


def _locked(move: Move) -> Move:
    rows = Move.objects.select_for_update(of=("self",))
    return rows.select_related("hold", "appointment__patient").get(pk=move.pk)


def _offering(hold: Appointment) -> Offering:
    """What the held time is of. Raises MoveRefused where the doctor no longer offers
    it there."""
    found = (
        Offering.objects.select_related("visit_type", "location", "doctor")
        .filter(
            doctor=hold.doctor_id,
            visit_type=hold.visit_type_id,
            location=hold.location_id,
        )
        .first()
    )
    if found is None:
        raise MoveRefused("This visit is no longer offered there. Decline instead.")
    return found
