"""The clinic moves a visit, or gives it to another doctor: its doctor, or the desk."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries import agreed_start, is_off_clock, lockable
from booking.appointments.services import (
    MoveRefused,
    give_doctor,
    give_time,
    locked,
    offering_nearest,
    takes_time,
)
from booking.appointments.services.state import change
from booking.availability.services import lock_calendars
from booking.moves.models import Move
from booking.moves.services.asking import lock_asked, lock_visit, same_request, void
from booking.reminders.services import withdraw_reminders
from clinic.visit_types.models import Offering
from foundation.events import publish
from foundation.zones import offset_minutes

CLOCKS_CHANGED = "The rules of the clock there changed after this visit was booked."


class HourStands(MoveRefused):
    sentence = "This visit is at the hour that was agreed."


class WhyMoved(MoveRefused):
    sentence = "Give a reason, in words for the patient."


class ChangedMeanwhile(MoveRefused):
    sentence = "This visit was changed meanwhile. Look at it again."


def move_for_patient(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    seen: int | None = None,
) -> Move:
    """Give a booked visit a free time of `offering`, on the grid of what is offered or
    not, without notice or horizon, for a reason that the patient reads.

    At once, also where the doctor approves each; what the patient had asked for is
    void. It does not count as a move of theirs, and the time in which cancelling is
    free begins anew. With `seen`, the sequence of the visit that was looked at, one
    that changed since is refused. Locks the doctor's, the new room's and the patient's
    calendar. The same key returns the move it made before. Publishes
    booking.visit_moved. Raises WhyMoved, ChangedMeanwhile, MoveRefused, SlotTaken (and
    what is a kind of it) with the nearest free times, KeyReused, Busy.
    """
    if not reason.strip():
        raise WhyMoved
    conditions = {"patient": appointment.patient, "besides": appointment.pk}
    with offering_nearest(offering, starts_at, at=at, for_desk=True, **conditions):
        return _move(
            actor=actor,
            appointment=appointment,
            offering=offering,
            starts_at=starts_at,
            reason=reason,
            at=at,
            key=idempotency_key,
            seen=seen,
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
    seen: int | None,
) -> Move:
    lock_visit(appointment, offering)
    known = Move.objects.filter(idempotency_key=key).first()
    if known is not None:
        return same_request(known, appointment, offering, starts_at)
    void_asked(appointment, actor=actor, at=at)
    visit = _as_seen(appointment, seen)
    same = (visit.doctor_id, visit.visit_type_id)
    if (offering.doctor_id, offering.visit_type_id) != same:
        raise MoveRefused
    if visit.status != Status.CONFIRMED:
        raise MoveRefused
    move = Move(
        appointment=visit,
        status=Move.Status.DONE,
        by=Party.CLINIC,
        actor_id=getattr(actor, "pk", None),
        reason=reason[:300],
        asked_at=at,
        answered_at=at,
        from_starts_at=visit.starts_at,
        from_location_id=visit.location_id,
        to_starts_at=starts_at,
        to_location_id=offering.location_id,
        idempotency_key=key,
    )
    give_time(
        visit,
        actor=actor,
        offering=offering,
        starts_at=starts_at,
        by=Party.CLINIC,
        at=at,
    )
    move.save()
    withdraw_reminders(appointment_id=visit.pk)
    publish("booking.visit_moved", move_id=move.pk)
    return move


@transaction.atomic
def keep_hour(*, actor: Any, appointment: Appointment, at: datetime) -> Move:
    """Leave a booked visit where it is, at another hour of the clock than was agreed,
    because the clock's rules changed.

    For the patient that is a move by the clinic, from the hour that was agreed to the
    one it is now, and they are told as of any other; cancelling is free anew. Whoever
    would rather have the agreed hour moves it (`move_for_patient`). Publishes
    booking.visit_moved. Raises MoveRefused for what is not booked, HourStands where the
    clock shows what was agreed, as it does once this was done.
    """
    visit = locked(appointment)
    if visit.status != Status.CONFIRMED:
        raise MoveRefused
    zone = visit.location.time_zone
    if not is_off_clock(visit.starts_at, visit.clock_offset, zone):
        raise HourStands
    move = Move(
        appointment=visit,
        status=Move.Status.DONE,
        by=Party.CLINIC,
        actor_id=getattr(actor, "pk", None),
        reason=CLOCKS_CHANGED,
        asked_at=at,
        answered_at=at,
        from_starts_at=agreed_start(visit),
        from_location_id=visit.location_id,
        to_starts_at=visit.starts_at,
        to_location_id=visit.location_id,
        idempotency_key=uuid.uuid4(),
    )
    change(
        visit,
        actor=actor,
        at=at,
        verb="moved",
        clock_offset=offset_minutes(visit.starts_at, zone),
        moved_at=at,
        free_until_at=None,
    )
    move.save()
    withdraw_reminders(appointment_id=visit.pk)
    publish("booking.visit_moved", move_id=move.pk)
    return move


def _as_seen(appointment: Appointment, seen: int | None) -> Appointment:
    """The row, locked. Raises ChangedMeanwhile where it is not the one looked at; what
    the patient asked for, and what was withdrawn for this move, changes no visit."""
    visit = locked(appointment)
    if seen is not None and visit.sequence != seen:
        raise ChangedMeanwhile
    return visit


def void_asked(appointment: Appointment, *, actor: Any, at: datetime) -> None:
    """What the patient had asked for is withdrawn, and its time free. Locks the move
    before the visit, as everybody does."""
    asked = lock_asked(appointment)
    if asked is not None:
        void(asked, actor=actor, at=at)


def hand_over(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    seen: int | None = None,
) -> Move:
    """Give a booked visit to the doctor of `offering` at its own time, for a reason
    that the patient reads.

    Of the same kind and at the same place, so its price stays. Cancelling is free from
    then on. `seen` as in `move_for_patient`. Locks both doctors', the new room's and
    the patient's calendar. The same key returns the move it made before. Publishes
    booking.visit_handed_over. Raises WhyMoved, ChangedMeanwhile, MoveRefused,
    SlotTaken, KeyReused, Busy.
    """
    if not reason.strip():
        raise WhyMoved
    return _hand_over(
        actor=actor,
        appointment=appointment,
        offering=offering,
        reason=reason,
        at=at,
        key=idempotency_key,
        seen=seen,
    )


@takes_time
def _hand_over(
    *,
    actor: Any,
    appointment: Appointment,
    offering: Offering,
    reason: str,
    at: datetime,
    key: uuid.UUID,
    seen: int | None,
) -> Move:
    lock_calendars(
        doctor_ids=[appointment.doctor_id, offering.doctor_id],
        **lockable(offering),
        patient_ids=[appointment.patient_id] if appointment.patient_id else [],
    )
    known = Move.objects.filter(idempotency_key=key).first()
    if known is not None:
        return same_request(known, appointment, offering, appointment.starts_at)
    void_asked(appointment, actor=actor, at=at)
    visit = _as_seen(appointment, seen)
    if visit.starts_at != appointment.starts_at:
        raise MoveRefused
    before = visit.doctor_id
    give_doctor(visit, actor=actor, offering=offering, at=at)
    move = Move.objects.create(
        appointment=visit,
        status=Move.Status.DONE,
        by=Party.CLINIC,
        actor_id=getattr(actor, "pk", None),
        reason=reason[:300],
        asked_at=at,
        answered_at=at,
        from_starts_at=visit.starts_at,
        from_location_id=visit.location_id,
        from_doctor_id=before,
        to_starts_at=visit.starts_at,
        to_location_id=visit.location_id,
        to_doctor_id=offering.doctor_id,
        idempotency_key=key,
    )
    publish("booking.visit_handed_over", move_id=move.pk)
    return move
