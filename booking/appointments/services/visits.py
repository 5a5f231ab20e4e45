"""The clinic's day: arriving, seeing the doctor, missing, cancelling, lapsing."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.queries import (
    cancellation_terms,
    is_completed_today,
    missed_terms,
)
from booking.appointments.services.refusals import MoveRefused, SlotTaken
from booking.appointments.services.state import locked, move
from booking.appointments.services.taking import takes_time
from booking.availability.services import lock_calendars
from foundation.formats import local

# How many lapsed ones one sweep takes; the next minute brings the next sweep.
SWEEP = 500


@takes_time
def cancel_appointment(
    *, actor: Any, appointment: Appointment, reason: str, by: str, at: datetime
) -> Appointment:
    """End a visit before it begins; `by` is Party.PATIENT or Party.CLINIC.

    `refund_due` keeps what the terms said at that moment. Cancelling twice changes
    nothing. Publishes appointment_cancelled. Raises MoveRefused when it is too late:
    for the patient once it has begun, for anybody once it is over.
    """
    appointment = locked(appointment)
    if appointment.status == Status.CANCELLED:
        return appointment
    if by == Party.PATIENT and at >= appointment.starts_at:
        raise MoveRefused("This visit has begun. Call us to change it.")
    terms = cancellation_terms(appointment, at=at, by=by)
    return move(
        appointment,
        Status.CANCELLED,
        actor=actor,
        at=at,
        why=reason,
        event="appointment_cancelled",
        cancelled_by=by,
        cancelled_at=at,
        refund_due=terms.refund,
    )


@takes_time
def mark_arrived(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Appointment:
    """The patient is here; also after having been marked as missed: then it takes its
    time again, and locks the doctor's calendar.

    Raises MoveRefused before the visit's own day, SlotTaken where the time of a missed
    visit was given to somebody else. Publishes appointment_arrived.
    """
    if appointment.status == Status.MISSED:
        lock_calendars(doctor_ids=[appointment.doctor_id])
    appointment = locked(appointment)
    zone = appointment.location.time_zone
    if local(at, zone).date() < local(appointment.starts_at, zone).date():
        raise MoveRefused("This visit is on another day.")
    return move(
        appointment,
        Status.ARRIVED,
        actor=actor,
        at=at,
        why=reason,
        event="appointment_arrived",
        refund_due=None,
    )


@takes_time
def undo_arrival(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Appointment:
    """One step back after a slip: with the doctor → arrived → booked. Tells nobody."""
    appointment = locked(appointment)
    is_inside = appointment.status == Status.IN_CONSULTATION
    if not is_inside and appointment.status != Status.ARRIVED:
        raise MoveRefused
    back = Status.ARRIVED if is_inside else Status.CONFIRMED
    return move(appointment, back, actor=actor, at=at, why=reason)


@takes_time
def start_consultation(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Appointment:
    """The patient is with the doctor."""
    return move(
        locked(appointment),
        Status.IN_CONSULTATION,
        actor=actor,
        at=at,
        why=reason,
    )


@takes_time
def complete_visit(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Appointment:
    """The visit is done. Publishes appointment_completed, the first time only: one that
    was taken back and is done again is no news."""
    appointment = locked(appointment)
    before = appointment.status_changes.filter(to_status=Status.COMPLETED)
    return move(
        appointment,
        Status.COMPLETED,
        actor=actor,
        at=at,
        why=reason,
        event=None if before.exists() else "appointment_completed",
    )


@takes_time
def reopen_visit(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str
) -> Appointment:
    """Marked as done by mistake: the patient is still waiting. Tells nobody.

    On the same day only, in the location's zone, and with a reason for the history.
    Locks the calendars, as the visit takes its time again. Raises MoveRefused later,
    without a reason, or when that time was given to somebody else meanwhile.
    """
    if not reason.strip():
        raise MoveRefused("Say why, for the history.")
    lock_calendars(
        doctor_ids=[appointment.doctor_id],
        room_ids=[appointment.room_id] if appointment.room_id else [],
        patient_ids=[appointment.patient_id] if appointment.patient_id else [],
        equipment_ids=appointment.equipment_ids,
    )
    appointment = locked(appointment)
    if appointment.status != Status.COMPLETED:
        raise MoveRefused
    if not is_completed_today(appointment, at=at):
        raise MoveRefused("A visit can be taken back on the day it was done only.")
    try:
        return move(appointment, Status.ARRIVED, actor=actor, at=at, why=reason)
    except SlotTaken as taken:
        raise MoveRefused(
            "Its time was given to somebody else meanwhile, so it stays done."
        ) from taken


@takes_time
def mark_missed(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Appointment:
    """Nobody came. Raises MoveRefused before the start.

    `refund_due` keeps what the terms leave of the price; it goes back a day later, as
    somebody may still come late. Publishes appointment_missed.
    """
    appointment = locked(appointment)
    if at < appointment.starts_at:
        raise MoveRefused("This visit has not begun yet.")
    return move(
        appointment,
        Status.MISSED,
        actor=actor,
        at=at,
        why=reason,
        event="appointment_missed",
        refund_due=missed_terms(appointment).refund,
    )


def expire_lapsed(*, at: datetime) -> int:
    """Expire holds past their time and requests past their start; returns how many.

    For tidiness and messages only: a lapsed hold gives its time back by itself. Each in
    a transaction of its own, passing by what somebody is working on.
    Publishes hold_expired.
    """
    lapsed = Q(status=Status.HELD, hold_expires_at__lte=at) | Q(
        status=Status.REQUESTED, starts_at__lte=at
    )
    keys = (
        Appointment.objects.filter(lapsed).order_by("pk").values_list("pk", flat=True)
    )
    return sum(_expire(pk, lapsed, at) for pk in keys[:SWEEP])


@transaction.atomic
def _expire(pk: int, lapsed: Q, at: datetime) -> bool:
    rows = Appointment.objects.select_for_update(skip_locked=True)
    row = rows.filter(lapsed, pk=pk).first()
    if row is None:
        return False
    move(row, Status.EXPIRED, actor=None, at=at, event="hold_expired")
    return True
