"""A time that was kept for somebody becomes that of the visit they have."""

import uuid
from datetime import datetime
from typing import Any

from audit.services import record
from booking.appointments.models import Appointment, Party, Status
from booking.appointments.services import (
    MoveRefused,
    give_back,
    give_time,
    locked,
    prolong,
    takes_time,
)
from booking.moves.models import Move
from booking.moves.queries import needs_answer
from booking.moves.services.asking import ANSWER_WITHIN, lock_asked, void
from booking.reminders.services import withdraw_reminders
from clinic.visit_types.models import Offering
from foundation.events import publish

_OPEN = (Status.CONFIRMED, Status.REQUESTED)


@takes_time
def take_kept(
    *,
    actor: Any,
    appointment: Appointment,
    kept: Appointment,
    offering: Offering,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Move:
    """Move a visit to the earlier time that `kept`, a hold without a patient, has of
    `offering`, which is of the same doctor and visit type.

    The visit stays one row with its price, payment and terms, and no move of the
    patient is used up. What they had asked for is void. Where the doctor approves each
    time of a booked visit, `kept` goes on holding the new one until the answer (ASKED)
    and the visit keeps its own; a visit that is itself still asked for is asked for at
    the new time. The caller has locked the calendars of doctor, room and patient.
    Publishes booking.visit_moved or booking.move_asked. Raises MoveRefused for a visit
    that is not booked, not later or of another kind; HoldExpired where `kept` has
    ended; PatientBusy.
    """
    asked = lock_asked(appointment)
    visit = locked(appointment)
    same = (visit.doctor_id, visit.visit_type_id)
    is_later = kept.starts_at < visit.starts_at
    if visit.status not in _OPEN or not is_later:
        raise MoveRefused
    if (offering.doctor_id, offering.visit_type_id) != same:
        raise MoveRefused
    if asked is not None:
        void(asked, actor=actor, at=at)
    move = Move(
        appointment=visit,
        by=Party.PATIENT,
        is_from_waitlist=True,
        actor_id=getattr(actor, "pk", None),
        reason=reason,
        asked_at=at,
        from_starts_at=visit.starts_at,
        from_location_id=visit.location_id,
        to_starts_at=kept.starts_at,
        to_location_id=offering.location_id,
        idempotency_key=idempotency_key,
    )
    if visit.status == Status.CONFIRMED and needs_answer(visit):
        return _ask(move, kept, actor=actor, at=at)
    return _take(move, kept, actor=actor, offering=offering, at=at)


def _ask(move: Move, kept: Appointment, *, actor: Any, at: datetime) -> Move:
    visit = move.appointment
    until = min(at + ANSWER_WITHIN, move.to_starts_at)
    move.hold = prolong(appointment=kept, until=until, at=at)
    move.status, move.expires_at = Move.Status.ASKED, until
    move.save()
    record(
        actor=actor,
        verb="appointment.move_asked",
        subject=visit,
        patient=visit.patient,
    )
    publish("booking.move_asked", move_id=move.pk)
    return move


def _take(
    move: Move, kept: Appointment, *, actor: Any, offering: Offering, at: datetime
) -> Move:
    visit = move.appointment
    # Only what is held still can be given on.
    prolong(appointment=kept, until=at, at=at)
    held = give_back(appointment=kept, why="A visit moved here", at=at)
    give_time(
        visit,
        actor=actor,
        offering=offering,
        starts_at=move.to_starts_at,
        by=Party.PATIENT,
        at=at,
        held=held,
    )
    move.status, move.answered_at = Move.Status.DONE, at
    move.save()
    withdraw_reminders(appointment_id=visit.pk)
    publish("booking.visit_moved", move_id=move.pk)
    return move
