"""Booking for somebody who stands at the desk."""

import uuid
from datetime import datetime
from typing import Any

from accounts.patients.models import Patient
from booking.appointments.models import Appointment, Status
from booking.appointments.services.making import draft_of, make
from booking.appointments.services.refusals import MoveRefused
from clinic.visit_types.models import Offering, VisitType


def book_walk_in(
    *,
    actor: Any,
    patient: Patient,
    offering: Offering,
    starts_at: datetime,
    reason: str,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Book a free time for who came without one: CONFIRMED at once. What is otherwise
    paid when booked is paid at the clinic, as they are here.

    Locks and raises as `book_for_patient`; MoveRefused where the doctor approves each
    visit. Its SlotTaken names no other times.
    """
    if offering.visit_type.booking_policy == VisitType.BookingPolicy.REQUEST:
        raise MoveRefused("The doctor approves each of these visits. Ask them first.")
    draft = draft_of(offering, starts_at, key=idempotency_key, actor=actor, via="DESK")
    draft.patient, draft.reason = patient, reason
    draft.status, draft.confirmed_at = Status.CONFIRMED, at
    if draft.payment_policy == VisitType.PaymentPolicy.BEFORE:
        draft.payment_policy = VisitType.PaymentPolicy.AT_CLINIC
    return make(draft, offering=offering, actor=actor, at=at)
