"""Booking: a visitor holds a time, gives the details and submits; the desk books."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from accounts.patients.models import Patient
from accounts.patients.queries import standing
from booking.appointments.models import HOLD, Appointment, Status
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
    payment_deadline,
    status_by_policy,
)
from booking.appointments.services.refusals import (
    AlreadyExtended,
    ByPhoneOnly,
    HoldExpired,
    KeyReused,
    MoveRefused,
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
) -> Appointment:
    """`hold_slot` as a part of a larger act, which writes `also` along with it, for
    `patient` where it is not the actor. Its SlotTaken names no other times: they are
    looked for when no lock is held any more."""
    if offering.visit_type.booking_policy == VisitType.BookingPolicy.CALL:
        raise ByPhoneOnly
    check_acquaintance(offering, actor=actor, patient=patient)
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via=via)
    draft.status = Status.HELD
    draft.hold_expires_at = at + HOLD
    return make(draft, offering=offering, actor=actor, at=at, also=also)


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
) -> Appointment:
    """Give a held time its patient and reason, and go where the policy says.

    Stays HELD where it is paid first, else REQUESTED or CONFIRMED. Locks the doctor's,
    the room's and the patient's calendar; publishes what it led to. As long as it is
    held, another submit changes the details; later, one for the same patient returns
    the booking as it is. Raises HoldExpired, PatientBusy, NewPatientsOnly, KeyReused,
    MoveRefused, Busy.
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
    details: dict[str, Any] = {
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


def book_for_patient(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """The desk books for a patient, without notice or horizon.

    Ends CONFIRMED, or REQUESTED where the doctor approves each, or HELD until the
    payment's deadline where visits are paid when booked. Locks the doctor's, the
    room's and the patient's calendar; publishes what it led to. The same key returns
    the same appointment. Raises SlotTaken, PatientBusy, NewPatientsOnly, KeyReused,
    Busy.
    """
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via="DESK")
    _complete(draft, offering, patient, reason, at=at)
    conditions = {"at": at, "patient": patient, "for_desk": True}
    with offering_nearest(offering, starts_at, **conditions):
        return make(draft, offering=offering, actor=actor, at=at)


def book_instead(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Book a time that the clinic offered a patient, all details at once, as a part of
    a larger act: within notice and horizon, and else as `book_for_patient`, whose
    policies, locks, events and refusals it has. Its SlotTaken names no other times."""
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via="SITE")
    _complete(draft, offering, patient, reason, at=at)
    return make(draft, offering=offering, actor=actor, at=at)


def _complete(
    draft: Appointment,
    offering: Offering,
    patient: Patient,
    reason: str,
    *,
    at: datetime,
) -> None:
    """Give a draft its patient, and the state that the policies lead to."""
    draft.patient, draft.reason = patient, reason
    draft.status = status_by_policy(draft, offering.visit_type)
    if draft.status == Status.HELD:
        draft.hold_expires_at = payment_deadline(draft, at=at)
    if draft.status == Status.CONFIRMED:
        draft.confirmed_at = at
