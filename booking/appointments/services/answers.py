"""Answering: the doctor approves or declines a request, money confirms."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from booking.appointments.models import Appointment, Status
from booking.appointments.queries import is_full_day
from booking.appointments.services.policy import (
    awaits_payment,
    open_to_doctor,
    payment_deadline,
)
from booking.appointments.services.refusals import MoveRefused, PriceChanged, SlotTaken
from booking.appointments.services.state import is_live, locked, move
from booking.appointments.services.taking import takes_time
from booking.availability.queries import open_periods
from booking.availability.services import lock_calendars
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import seconds

# What money confirms, or has confirmed already.
_DONE = frozenset(
    {
        Status.CONFIRMED,
        Status.ARRIVED,
        Status.IN_CONSULTATION,
        Status.COMPLETED,
        Status.MISSED,
    }
)


@takes_time
def approve_request(
    *, actor: Any, appointment: Appointment, at: datetime
) -> Appointment:
    """Say yes. CONFIRMED, or HELD until the payment's deadline where it is paid first.

    Its time is held already, so no calendar is locked. Approving twice changes
    nothing. Publishes appointment_approved or appointment_confirmed. Raises
    MoveRefused once the start has passed or somebody else has answered.
    """
    appointment = locked(appointment)
    if appointment.status == Status.REQUESTED and appointment.starts_at <= at:
        raise MoveRefused("The time of this request has passed.")
    if appointment.status in (Status.HELD, Status.CONFIRMED):
        return appointment
    if appointment.status != Status.REQUESTED:
        raise MoveRefused
    if not awaits_payment(appointment):
        return _confirm(appointment, actor=actor, at=at)
    return move(
        appointment,
        Status.HELD,
        actor=actor,
        at=at,
        event="appointment_approved",
        hold_expires_at=payment_deadline(appointment, at=at),
        hold_extended=True,
    )


@takes_time
def decline_request(
    *, actor: Any, appointment: Appointment, reason: str, at: datetime
) -> Appointment:
    """Say no, with a reason that the patient reads. Publishes appointment_declined.

    Raises MoveRefused when it is no open request.
    """
    return move(
        locked(appointment),
        Status.DECLINED,
        actor=actor,
        at=at,
        why=reason,
        event="appointment_declined",
    )


@takes_time
def confirm_paid(
    *,
    appointment_id: int,
    at: datetime,
    patient_id: int | None = None,
    price: Decimal | None = None,
) -> Appointment:
    """The money is there: CONFIRMED. Called in the transaction that took the money.

    A hold that lapsed unswept still has its time, and one that was swept takes it back
    if it is still free, on a day on which the doctor sees another one; else SlotTaken.
    A confirmed one is returned as it is. `patient_id` and `price` are for whom and what
    was paid: who held the time may have given other details while a page for the money
    was open, and pay there what it cost before. Raises PriceChanged then, MoveRefused
    for what was cancelled or declined. Locks the doctor's, the room's and the patient's
    calendar.
    """
    appointment = Appointment.objects.get(pk=appointment_id)
    lock_calendars(
        doctor_ids=[appointment.doctor_id],
        room_ids=[appointment.room_id] if appointment.room_id else [],
        patient_ids=[appointment.patient_id] if appointment.patient_id else [],
        equipment_ids=appointment.equipment_ids,
    )
    appointment = locked(appointment)
    if appointment.status in _DONE:
        return appointment
    if appointment.patient_id is None:
        raise MoveRefused
    if patient_id not in (None, appointment.patient_id):
        raise PriceChanged
    if price not in (None, appointment.price):
        raise PriceChanged
    if appointment.status == Status.EXPIRED and not _can_still_be(appointment, at):
        raise SlotTaken
    if not is_live(appointment, at) and _is_one_too_many(appointment, at):
        raise SlotTaken
    return _confirm(appointment, actor=None, at=at)


def _can_still_be(appointment: Appointment, at: datetime) -> bool:
    """Whether the visit lies ahead and the doctor is still open then. Whether others
    have taken the time, the constraints say when it is saved."""
    if appointment.starts_at <= at:
        return False
    pair = (appointment.doctor_id, appointment.location_id)
    opened = open_periods(
        [pair], starts_at=appointment.starts_at, ends_at=appointment.ends_at
    )
    visit = (seconds(appointment.starts_at), seconds(appointment.ends_at))
    return periods.covers(opened.get(pair, []), visit)


def _is_one_too_many(appointment: Appointment, at: datetime) -> bool:
    """Whether others had the last visit of the day while its hold had lapsed; what
    staff put beyond the number stays beyond it. No constraint counts days."""
    if appointment.overbooked_why:
        return False
    same = Offering.objects.filter(
        doctor=appointment.doctor_id,
        visit_type=appointment.visit_type_id,
        location=appointment.location_id,
        most_a_day__isnull=False,
    ).first()
    return same is not None and is_full_day(same, appointment.starts_at, at=at)


def _confirm(appointment: Appointment, *, actor: Any, at: datetime) -> Appointment:
    move(
        appointment,
        Status.CONFIRMED,
        actor=actor,
        at=at,
        event="appointment_confirmed",
        hold_expires_at=None,
        confirmed_at=at,
    )
    open_to_doctor(appointment, at=at)
    return appointment
