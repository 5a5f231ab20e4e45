"""Checking in, and taking a slip back."""

from datetime import datetime
from typing import Any

from accounts.patients.services import change_patient
from booking.appointments.models import Appointment, Status
from booking.appointments.services import (
    MoveRefused,
    locked,
    mark_arrived,
    reopen_visit,
    takes_time,
    undo_arrival,
)
from booking.queue.models import Turn
from booking.queue.queries import can_check_in, can_take_back, rules_at
from booking.queue.services.calling import uncall
from booking.queue.services.refusals import NotNow
from booking.queue.services.turns import give_turn


@takes_time
def check_in(
    *,
    actor: Any,
    appointment: Appointment,
    at: datetime,
    via: str = Turn.Via.DESK,
    reason: str = "",
    address: str = "",
) -> Turn:
    """The patient is here, and gets a number for the wall; also after having been
    marked as missed, at the desk. Checking in twice changes nothing.

    By themselves (`via` is not DESK) only near the time of the visit: else NotNow. At
    the desk it raises what `mark_arrived` does. An `address` is kept where we have
    none. Publishes appointment_arrived.
    """
    fresh = locked(appointment)
    made = Turn.objects.filter(appointment=fresh).first()
    if fresh.status == Status.ARRIVED and made is not None:
        return made
    if via != Turn.Via.DESK:
        rule = rules_at(fresh.location_id)
        if not can_check_in(fresh, rule, at=at):
            raise NotNow
    mark_arrived(actor=actor, appointment=fresh, at=at, reason=reason)
    patient = fresh.patient
    if address and patient is not None and not patient.address:
        change_patient(actor=actor, patient=patient, address=address)
    if made is not None:
        # Came back, or was taken back by mistake: the slip they hold stays good.
        Turn.objects.filter(pk=made.pk).update(called_at=None, checked_in_at=at)
        made.refresh_from_db()
        return made
    return give_turn(fresh, via=via, at=at)


@takes_time
def take_back(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> None:
    """One step back after a slip: with the doctor → in the room → arrived → booked.
    Tells nobody."""
    fresh = locked(appointment)
    turn = Turn.objects.select_for_update().filter(appointment=fresh).first()
    is_called = turn is not None and turn.called_at is not None
    if fresh.status == Status.ARRIVED and is_called:
        uncall(actor=actor, appointment=fresh, at=at)
        return
    undo_arrival(actor=actor, appointment=fresh, at=at, reason=reason)


@takes_time
def take_done_back(*, actor: Any, appointment: Appointment, at: datetime) -> None:
    """ "Done" was pressed by mistake, a moment ago: the patient waits again, without a
    reason for the history. Later it takes one (`reopen_visit`): MoveRefused."""
    rule = rules_at(appointment.location_id)
    if not can_take_back(appointment, rule, at=at):
        raise MoveRefused(
            f"That was more than {rule.back_minutes} minutes ago. Open the visit and"
            " say why it was not done."
        )
    reopen(actor=actor, appointment=appointment, at=at, reason="Pressed by mistake")


@takes_time
def reopen(*, actor: Any, appointment: Appointment, at: datetime, reason: str) -> None:
    """Not done after all: the patient waits, and can be called in again. Raises what
    `reopen_visit` does."""
    reopen_visit(actor=actor, appointment=appointment, at=at, reason=reason)
    Turn.objects.filter(appointment=appointment).update(called_at=None)
