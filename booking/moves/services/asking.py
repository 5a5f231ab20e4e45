"""A patient moves their visit: at once, or asks the doctor to."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from audit.services import record
from booking.appointments.models import Appointment, Party
from booking.appointments.queries import lockable
from booking.appointments.services import (
    KeyReused,
    MoveRefused,
    give_time,
    hold_beside,
    locked,
    offering_nearest,
    release_hold,
    takes_time,
)
from booking.availability.services import lock_calendars
from booking.moves.models import Move
from booking.moves.queries import needs_answer, standing
from booking.reminders.services import withdraw_reminders
from clinic.visit_types.models import Offering
from foundation.events import publish

# How long a doctor has to answer; less where the visit itself, or its new time, is
# sooner.
ANSWER_WITHIN = timedelta(hours=48)


class NotMovable(MoveRefused):
    """The patient cannot move it, with the reason in a sentence for them."""

    sentence = "This visit can no longer be moved here."


def move_visit(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Move:
    """Give a booked visit a free time of `offering`, for its patient.

    At once and in one act: it never has both times, and never none. Where the doctor
    approves each, the new time is held and the visit keeps its own until the answer
    (`ASKED`). `offering` is of the same doctor and visit type. Price, payment and terms
    stay; what is late is said by `terms_after_move`. `appointment` is as the patient
    saw it: one that was moved since is refused. Locks the doctor's, the new room's and
    the patient's calendar. The same key returns the move it made before. Publishes
    booking.visit_moved or booking.move_asked. Raises NotMovable, SlotTaken with the
    nearest free times, PatientBusy, KeyReused, Busy.
    """
    conditions = {"patient": appointment.patient, "besides": appointment.pk}
    with offering_nearest(offering, starts_at, at=at, **conditions):
        return _move(
            actor=actor,
            appointment=appointment,
            offering=offering,
            starts_at=starts_at,
            reason=reason,
            at=at,
            key=idempotency_key,
        )


@takes_time
def _move(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    key: uuid.UUID,
) -> Move:
    lock_visit(appointment, offering)
    known = Move.objects.filter(idempotency_key=key).first()
    if known is not None:
        return same_request(known, appointment, offering, starts_at)
    visit = locked(appointment)
    if visit.moved_at != appointment.moved_at:
        # Of two forms behind one link the second comes too late: the link is void.
        raise NotMovable("This visit has just been moved. Look at its new time first.")
    same = (visit.doctor_id, visit.visit_type_id)
    if (offering.doctor_id, offering.visit_type_id) != same:
        raise NotMovable
    now = standing(visit, at=at)
    if not now.is_movable:
        raise NotMovable(now.why_not or None)
    move = Move(
        appointment=visit,
        by=Party.PATIENT,
        actor_id=getattr(actor, "pk", None),
        reason=reason,
        asked_at=at,
        from_starts_at=visit.starts_at,
        from_location_id=visit.location_id,
        to_starts_at=starts_at,
        to_location_id=offering.location_id,
        idempotency_key=key,
    )
    if needs_answer(visit):
        return _ask(move, visit, actor=actor, offering=offering, at=at)
    give_time(
        visit,
        actor=actor,
        offering=offering,
        starts_at=starts_at,
        by=Party.PATIENT,
        at=at,
    )
    move.status, move.answered_at = Move.Status.DONE, at
    move.save()
    withdraw_reminders(appointment_id=visit.pk)
    publish("booking.visit_moved", move_id=move.pk)
    return move


def lock_visit(appointment: Appointment, offering: Offering) -> None:
    """Lock the calendars in which a visit takes another time. What it had only gives
    time back, which needs no lock."""
    lock_calendars(
        doctor_ids=[appointment.doctor_id],
        **lockable(offering),
        patient_ids=[appointment.patient_id] if appointment.patient_id else [],
    )


def _ask(
    move: Move, visit: Appointment, *, actor: Any, offering: Offering, at: datetime
) -> Move:
    """Hold the new time beside the old one, and ask the doctor."""
    # One that lapsed and was not swept yet makes room for this one.
    for old in visit.moves.filter(status=Move.Status.ASKED, expires_at__lte=at):
        end(old, Move.Status.EXPIRED, actor=None, at=at)
    until = min(at + ANSWER_WITHIN, visit.starts_at, move.to_starts_at)
    move.status, move.expires_at = Move.Status.ASKED, until
    move.hold = hold_beside(
        visit,
        actor=actor,
        offering=offering,
        starts_at=move.to_starts_at,
        until=until,
        at=at,
    )
    move.save()
    record(
        actor=actor,
        verb="appointment.move_asked",
        subject=visit,
        patient=visit.patient,
    )
    publish("booking.move_asked", move_id=move.pk)
    return move


def lock_asked(appointment: Appointment) -> Move | None:
    """What its patient asked for and nobody has answered, locked: before the visit's
    own row."""
    asked = appointment.moves.filter(status=Move.Status.ASKED)
    return asked.select_for_update(of=("self",)).select_related("hold").first()


def void(move: Move, *, actor: Any, at: datetime) -> None:
    """End a locked request because the visit gets another time; its hold is free."""
    end(move, Move.Status.WITHDRAWN, actor=actor, at=at)
    if move.hold is not None:
        release_hold(appointment=move.hold, at=at)


def end(move: Move, to: str, *, actor: Any, at: datetime, why: str = "") -> None:
    """Bring a locked request to its end. Raises MoveRefused for what has ended."""
    if to not in Move.MOVES.get(move.status, ()):
        raise MoveRefused
    move.status, move.answered_at, move.answer = to, at, why[:300]
    move.answered_by_id = getattr(actor, "pk", None)
    move.save(
        update_fields=["status", "answered_at", "answer", "answered_by", "updated_at"]
    )


def same_request(
    known: Move, appointment: Appointment, offering: Offering, starts_at: datetime
) -> Move:
    """The move that this key made. Raises KeyReused if it was another one."""
    wanted = (appointment.pk, starts_at, offering.location_id)
    if (known.appointment_id, known.to_starts_at, known.to_location_id) != wanted:
        raise KeyReused
    return known
