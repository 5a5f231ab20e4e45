"""Making a draft a booking."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.consents.models import Consent, ConsentText
from accounts.consents.services import answer as give_consent
from accounts.patients.models import Patient
from accounts.patients.services import (
    change_patient,
    complete_profile,
    register_patient,
)
from accounts.proxies.models import Scope
from accounts.proxies.services import hold_acting
from accounts.users.models import User
from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services import HoldExpired, submit_booking
from booking.drafts.models import Draft
from booking.drafts.queries import own_patient
from booking.drafts.services.answers import answer, locked_draft


@transaction.atomic
def submit_draft(
    *,
    actor: User | None,
    draft: Draft,
    details: Mapping[str, Any] | None,
    at: datetime,
    idempotency_key: uuid.UUID,
    agreed: Iterable[ConsentText] = (),
    price_seen: Decimal | None = None,
) -> Appointment:
    """Make the held time a booking, for the patient whom the draft is for, the actor's
    own or a new one.

    `details` (names, birth_date, phone, email) are needed unless the actor is a
    patient or acts for one. Locks the draft, and what lets the actor book for another
    until the booking is made; records what was agreed to, and a consent to each of the
    texts in `agreed`; `price_seen` is the price that they agreed to. Raises NotActing
    when that has ended, TextChanged, and what `submit_booking` raises.
    """
    draft = locked_draft(draft)
    appointment = draft.appointment
    if appointment is None:
        raise HoldExpired
    is_new = appointment.status == Status.HELD
    patient = draft.for_patient
    if patient is not None:
        hold_acting(actor=actor, patient=patient, scope=Scope.BOOK)
    else:
        patient = own_patient(actor) or _patient(draft, details or {}, actor)
    booked = submit_booking(
        actor=actor,
        appointment=appointment,
        patient=patient,
        reason=draft.answers.get("reason", ""),
        at=at,
        idempotency_key=idempotency_key,
        price_seen=price_seen,
    )
    if is_new:
        record(
            actor=actor,
            verb="appointment.terms_agreed",
            subject=booked,
            patient=patient,
            detail={"price": str(booked.price), "currency": booked.currency},
        )
        for text in agreed:
            give_consent(
                actor=actor,
                patient=patient,
                text=text,
                is_given=True,
                via=Consent.Via.BOOKING,
                at=at,
            )
    return booked


def _patient(draft: Draft, details: Mapping[str, Any], actor: User | None) -> Patient:
    """The patient that the details make: the user's own record, or a guest's.

    A guest is never matched with a patient who is here already: whoever knows a name
    and a birth date is not that person. Claiming and merging come after proof. Details
    that are given again change the record that this draft made.
    """
    if actor is not None:
        return complete_profile(user=actor, **details)
    made = Patient.objects.filter(public_id=draft.answers.get("patient"), user=None)
    known = made.first()
    if known is None:
        zone = draft.time_zone
        known = register_patient(actor=None, time_zone=zone, **details)
        answer(draft, {"patient": str(known.public_id)})
        return known
    if known.merged_into_id is not None:
        # The desk found who that is. What a guest types changes nothing of theirs.
        return known
    changed = {
        name: value for name, value in details.items() if getattr(known, name) != value
    }
    return change_patient(actor=None, patient=known, **changed) if changed else known
