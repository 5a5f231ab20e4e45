"""Keeping a time back: the clinic holds it for somebody who has yet to be found."""

import uuid
from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, Status
from booking.appointments.services.making import draft_of, make
from booking.appointments.services.policy import awaits_payment, payment_deadline
from booking.appointments.services.refusals import HoldExpired, MoveRefused
from booking.appointments.services.state import change, is_live, locked, move
from booking.appointments.services.taking import takes_time
from clinic.visit_types.models import Offering
from foundation.events import publish


def keep_time(
    *,
    offering: Offering,
    starts_at: datetime,
    until: datetime,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Hold a time until `until`, for a patient whom the clinic will name.

    For whom the offering is, the caller knows. The time need not lie on the grid of
    what visitors are offered: it was booked before. Locks the doctor's and the room's
    calendar. Raises SlotTaken where it is not free, too near or too far; KeyReused.
    """
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=None, via="SITE")
    draft.status = Status.HELD
    draft.hold_expires_at = until
    return make(draft, offering=offering, actor=None, at=at, is_exact=True)


@takes_time
def prolong(*, appointment: Appointment, until: datetime, at: datetime) -> Appointment:
    """Hold a kept time until `until`, not a moment less than it is held already.

    Raises HoldExpired where it is none, or has lapsed or been given to a patient.
    """
    appointment = locked(appointment)
    is_kept = appointment.status == Status.HELD and appointment.patient_id is None
    if not is_kept or not is_live(appointment, at):
        raise HoldExpired
    if appointment.hold_expires_at is None or appointment.hold_expires_at < until:
        change(
            appointment, actor=None, at=at, verb="hold_prolonged", hold_expires_at=until
        )
    return appointment


@takes_time
def give_back(*, appointment: Appointment, why: str, at: datetime) -> Appointment:
    """Give a kept time back to everybody; nobody is told. One that has ended already
    stays as it is. Raises MoveRefused for what has a patient."""
    appointment = locked(appointment)
    if appointment.status in (Status.EXPIRED, Status.CANCELLED):
        return appointment
    if appointment.status != Status.HELD or appointment.patient_id is not None:
        raise MoveRefused
    return move(appointment, Status.EXPIRED, actor=None, at=at, why=why)


@takes_time
def await_payment(*, actor: Any, appointment: Appointment, at: datetime) -> Appointment:
    """Let a held visit that has its patient wait for the money, as an approved request
    does. Publishes appointment_approved; what is not paid first is left as it is."""
    appointment = locked(appointment)
    if appointment.status != Status.HELD or not awaits_payment(appointment):
        return appointment
    change(
        appointment,
        actor=actor,
        at=at,
        verb="awaits_payment",
        hold_expires_at=payment_deadline(appointment, at=at),
        hold_extended=True,
    )
    publish("booking.appointment_approved", appointment_id=appointment.pk)
    return appointment
