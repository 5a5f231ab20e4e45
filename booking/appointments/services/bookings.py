"""Booking: a visitor holds a time, gives the details and submits."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError

from accounts.patients.models import Patient
from accounts.patients.queries import standing
from booking.appointments.models import HOLD, Appointment, Status
from booking.appointments.services.looking import Look
from booking.appointments.services.making import (
    draft_of,
    make,
    user_or_none,
)
from booking.appointments.services.policy import (
    EVENTS,
    check_acquaintance,
    check_first_visit,
    open_to_doctor,
    set_price,
    status_by_policy,
)
from booking.appointments.services.refusals import (
    AlreadyExtended,
    ByPhoneOnly,
    HoldExpired,
    KeyReused,
    MoveRefused,
    PriceChanged,
)
from booking.appointments.services.state import (
    UNIQUE,
    change,
    is_live,
    locked,
    move,
)
from booking.appointments.services.taking import offering_nearest, sqlstate, takes_time
from booking.availability.services import lock_calendars
from clinic.visit_types.models import Offering, VisitType
from foundation.sql import Along


def hold_slot(
    *,
    actor: Any,
    offering: Offering,
    starts_at: datetime,
    via: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Hold a free time for 15 minutes, for a patient yet to be named.

    `via` is SITE or PORTAL. Locks the doctor's and the room's calendar. The same key
    returns the appointment it made before, whatever became of it. Raises SlotTaken with
    the nearest free times, ByPhoneOnly, NewPatientsOnly, NotTakingPatients, KeyReused,
    Busy.
    """
    with offering_nearest(offering, starts_at, at=at):
        return hold_within(
            actor=actor,
            offering=offering,
            starts_at=starts_at,
            via=via,
            at=at,
            idempotency_key=idempotency_key,
        )


def hold_within(
    *,
    actor: Any,
    offering: Offering,
    starts_at: datetime,
    via: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    also: Sequence[Along] = (),
    patient: Patient | None = None,
    seen: Look | None = None,
) -> Appointment:
    """`hold_slot` as a part of a larger act, which writes `also` along with it, for
    `patient` where it is not the actor; which may have looked and locked itself, and
    says what was `seen`. Its SlotTaken names no other times: they are looked for when
    no lock is held any more."""
    if offering.visit_type.booking_policy == VisitType.BookingPolicy.CALL:
        raise ByPhoneOnly
    check_acquaintance(offering, actor=actor, patient=patient)
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via=via)
    draft.status = Status.HELD
    draft.hold_expires_at = at + HOLD
    return make(draft, offering=offering, actor=actor, at=at, also=also, seen=seen)


@takes_time
def extend_hold(*, appointment: Appointment, at: datetime) -> Appointment:
    """Hold the time 15 minutes longer, once. Raises HoldExpired or AlreadyExtended."""
    appointment = locked(appointment)
    if appointment.status != Status.HELD or not is_live(appointment, at):
        raise HoldExpired
    if appointment.hold_extended or appointment.hold_expires_at is None:
        raise AlreadyExtended
    change(
        appointment,
        actor=None,
        at=at,
        verb="hold_extended",
        hold_expires_at=appointment.hold_expires_at + HOLD,
        hold_extended=True,
    )
    return appointment


@takes_time
def release_hold(*, appointment: Appointment, at: datetime) -> Appointment:
    """Give a held time back, quietly: nobody is told. Releasing what has ended
    already changes nothing. Raises MoveRefused for what is more than a hold."""
    appointment = locked(appointment)
    if appointment.status in (Status.EXPIRED, Status.CANCELLED, Status.DECLINED):
        return appointment
    if appointment.status != Status.HELD:
        raise MoveRefused
    return move(
        appointment, Status.EXPIRED, actor=None, at=at, why="Released by the visitor"
    )


def submit_booking(
    *,
    actor: Any,
    appointment: Appointment,
    patient: Patient,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    price_seen: Decimal | None = None,
) -> Appointment:
    """Give a held time its patient and reason, and go where the policy says.

    Stays HELD where it is paid first, else REQUESTED or CONFIRMED. Locks the doctor's,
    the room's and the patient's calendar; publishes what it led to. As long as it is
    held, another submit changes the details; later, one for the same patient returns
    the booking as it is. It costs less where it follows another visit of theirs;
    `price_seen` is what somebody agreed to. Raises HoldExpired, PatientBusy,
    NewPatientsOnly, PriceChanged, KeyReused, MoveRefused, Busy.
    """
    offering = Offering.objects.filter(
        doctor=appointment.doctor_id,
        visit_type=appointment.visit_type_id,
        location=appointment.location_id,
    )
    with offering_nearest(offering, appointment.starts_at, at=at, patient=patient):
        return submit_within(
            actor=actor,
            appointment=appointment,
            patient=patient,
            reason=reason,
            at=at,
            idempotency_key=idempotency_key,
            price_seen=price_seen,
        )


@takes_time
def submit_within(
    *,
    actor: Any,
    appointment: Appointment,
    patient: Patient,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    price_seen: Decimal | None = None,
) -> Appointment:
    """`submit_booking` as a part of a larger act. Its PatientBusy names no other
    times."""
    key = idempotency_key
    lock_calendars(
        doctor_ids=[appointment.doctor_id],
        room_ids=[appointment.room_id] if appointment.room_id else [],
        patient_ids=[patient.pk],
    )
    # Who was merged into another record meanwhile is that one.
    patient = standing(patient)
    appointment = locked(appointment)
    if _is_submitted(appointment, patient, key):
        return appointment
    if not is_live(appointment, at):
        raise HoldExpired
    check_first_visit(appointment.visit_type, patient, besides=appointment, at=at)
    priced = set_price(appointment, patient, at=at)
    if price_seen is not None and appointment.price != price_seen:
        raise PriceChanged
    details: dict[str, Any] = {
        **{name: getattr(appointment, name) for name in priced},
        "patient": patient,
        "reason": reason,
        "submit_key": key,
        "booked_by": appointment.booked_by or user_or_none(actor),
    }
    to = status_by_policy(appointment, appointment.visit_type)
    try:
        if to == Status.HELD:
            change(appointment, actor=actor, at=at, verb="submitted", **details)
        else:
            confirmed_at = at if to == Status.CONFIRMED else None
            move(
                appointment,
                to,
                actor=actor,
                at=at,
                event=EVENTS[to],
                hold_expires_at=None,
                confirmed_at=confirmed_at,
                **details,
            )
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE:
            raise KeyReused from error
        raise
    open_to_doctor(appointment, at=at)
    return appointment


def _is_submitted(appointment: Appointment, patient: Patient, key: uuid.UUID) -> bool:
    """Whether this very booking was made already. Raises KeyReused or MoveRefused for
    one that contradicts it."""
    is_same = appointment.patient_id == patient.pk
    if appointment.submit_key == key and not is_same:
        raise KeyReused
    if appointment.status in (Status.HELD, Status.EXPIRED):
        return False
    if not is_same:
        raise MoveRefused
    return True
