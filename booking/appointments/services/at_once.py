"""Booking with all details at once: the desk for a patient, or a time that the clinic
offered."""

import uuid
from datetime import datetime
from typing import Any

from accounts.patients.models import Patient
from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services.making import draft_of, make
from booking.appointments.services.policy import payment_deadline, status_by_policy
from booking.appointments.services.taking import offering_nearest
from clinic.visit_types.models import Offering


def book_for_patient(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    as_follow_up: bool = False,
) -> Appointment:
    """The desk books for a patient, without notice or horizon; with `as_follow_up` for
    the price of a follow-up, whether it is one or not.

    Ends CONFIRMED, or REQUESTED where the doctor approves each, or HELD until the
    payment's deadline where visits are paid when booked. Locks the doctor's, the
    room's and the patient's calendar; publishes what it led to. The same key returns
    the same appointment. Raises SlotTaken, PatientBusy, NewPatientsOnly, KeyReused,
    Busy.
    """
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via="DESK")
    draft.is_follow_up = as_follow_up and offering.visit_type.follow_up_days is not None
    _complete(draft, offering, patient, reason, at=at)
    conditions = {"at": at, "patient": patient, "for_desk": True}
    with offering_nearest(offering, starts_at, **conditions):
        made = make(draft, offering=offering, actor=actor, at=at)
    if made is draft and made.is_follow_up and made.follows_id is None:
        record(
            actor=actor,
            verb="appointment.follow_up_granted",
            subject=made,
            patient=patient,
        )
    return made


def book_instead(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
    as_follow_up: bool = False,
) -> Appointment:
    """Book a time that the clinic offered a patient, all details at once, as a part of
    a larger act: within notice and horizon, and else as `book_for_patient`, whose
    policies, locks, events and refusals it has. Its SlotTaken names no other times."""
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via="SITE")
    draft.is_follow_up = as_follow_up
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
