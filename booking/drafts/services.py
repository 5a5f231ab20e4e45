"""Keeping what a visitor says on the way to a booking, and making it one."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.patients.models import Patient
from accounts.patients.services import (
    change_patient,
    complete_profile,
    register_patient,
)
from accounts.users.models import User
from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services import (
    HoldExpired,
    MoveRefused,
    extend_hold,
    hold_slot,
    release_hold,
    submit_booking,
)
from booking.drafts.models import Draft
from booking.drafts.queries import is_over, own_patient
from clinic.specialties.models import Specialty
from clinic.visit_types.models import Offering

KEPT = timedelta(days=1)


@transaction.atomic
def begin_draft(
    *, token: uuid.UUID, specialty: Specialty | None, answers: Mapping[str, str]
) -> Draft:
    """Keep the first answers. The same token is the same draft, with these answers.

    A token whose draft led to a booking begins anew under another one: the visitor
    came back to an old page.
    """
    kept = {"specialty": specialty, "answers": dict(answers)}
    draft, created = Draft.objects.get_or_create(token=token, defaults=kept)
    if created:
        return draft
    draft = _locked(draft)
    if draft.appointment is not None and is_over(draft.appointment):
        return Draft.objects.create(token=uuid.uuid4(), **kept)
    return _answer(draft, answers, specialty=specialty)


@transaction.atomic
def save_answers(*, draft: Draft, answers: Mapping[str, str]) -> Draft:
    """Keep what was typed, right or wrong, over what was typed before."""
    return _answer(_locked(draft), answers)


@transaction.atomic
def change_reason(
    *, draft: Draft, specialty: Specialty | None, answers: Mapping[str, str]
) -> Draft:
    """Keep another reason. A held time for another kind of visit stays held until
    one that fits is chosen."""
    return _answer(_locked(draft), answers, specialty=specialty)


@transaction.atomic
def set_time_zone(*, draft: Draft, time_zone: str) -> Draft:
    """Remember the visitor's zone, an IANA name."""
    draft = _locked(draft)
    draft.time_zone = time_zone
    draft.save(update_fields=["time_zone", "updated_at"])
    return draft


@transaction.atomic
def choose_time(
    *,
    actor: User | None,
    draft: Draft,
    offering: Offering,
    starts_at: datetime,
    at: datetime,
) -> Appointment:
    """Hold a time for 15 minutes and give back the one held before.

    Choosing the held time again returns it. When the new one cannot be had, the old
    one stays held. Locks the draft, so that a double click is one choice. Raises
    MoveRefused when the draft led to a booking already, and what `hold_slot` raises.
    """
    draft = _locked(draft)
    before = draft.appointment
    if before is not None:
        if is_over(before):
            raise MoveRefused("This visit is booked already.")
        if _holds(before, offering, starts_at, at):
            return before
        release_hold(appointment=before, at=at)
    appointment = hold_slot(
        actor=actor,
        offering=offering,
        starts_at=starts_at,
        via="SITE" if own_patient(actor) is None else "PORTAL",
        at=at,
        idempotency_key=uuid.uuid4(),
    )
    draft.offering = offering
    draft.starts_at = starts_at
    draft.appointment = appointment
    draft.save(update_fields=["offering", "starts_at", "appointment", "updated_at"])
    return appointment


@transaction.atomic
def extend_draft(
    *, draft: Draft, answers: Mapping[str, str], at: datetime
) -> Appointment:
    """Keep what was typed and hold the time 15 minutes longer, once.

    Raises HoldExpired or AlreadyExtended.
    """
    draft = _answer(_locked(draft), answers)
    if draft.appointment is None:
        raise HoldExpired
    return extend_hold(appointment=draft.appointment, at=at)


@transaction.atomic
def submit_draft(
    *,
    actor: User | None,
    draft: Draft,
    details: Mapping[str, Any] | None,
    at: datetime,
    idempotency_key: uuid.UUID,
) -> Appointment:
    """Make the held time a booking, for the actor's own patient or for a new one.

    `details` (names, birth_date, phone, email) are needed unless the actor is a
    patient. Locks the draft; records what was agreed to. Raises what `submit_booking`
    raises.
    """
    draft = _locked(draft)
    appointment = draft.appointment
    if appointment is None:
        raise HoldExpired
    is_new = appointment.status == Status.HELD
    patient = own_patient(actor) or _patient(draft, details or {}, actor)
    booked = submit_booking(
        actor=actor,
        appointment=appointment,
        patient=patient,
        reason=draft.answers.get("reason", ""),
        at=at,
        idempotency_key=idempotency_key,
    )
    if is_new:
        record(
            actor=actor,
            verb="appointment.terms_agreed",
            subject=booked,
            patient=patient,
            detail={"price": str(booked.price), "currency": booked.currency},
        )
    return booked


def sweep_drafts(*, at: datetime) -> int:
    """Delete drafts a day after their last change; returns how many. Times that they
    held have run out long before, and what was booked stays."""
    return Draft.objects.filter(updated_at__lte=at - KEPT).delete()[0]


def _locked(draft: Draft) -> Draft:
    """The draft as it is now, locked.

    Without its appointment: joined in the same statement, that would be the one of
    before the wait for the lock, and the second click of a double click would not see
    what the first one held.
    """
    return Draft.objects.select_for_update().get(pk=draft.pk)


def _answer(draft: Draft, answers: Mapping[str, str], **changes: Any) -> Draft:
    draft.answers = {**draft.answers, **answers}
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save(update_fields=["answers", *changes, "updated_at"])
    return draft


def _holds(
    held: Appointment, offering: Offering, starts_at: datetime, at: datetime
) -> bool:
    """Whether this time is held already, and still is."""
    return (
        held.status == Status.HELD
        and held.hold_expires_at is not None
        and held.hold_expires_at > at
        and held.starts_at == starts_at
        and held.doctor_id == offering.doctor_id
        and held.visit_type_id == offering.visit_type_id
        and held.location_id == offering.location_id
    )


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
        _answer(draft, {"patient": str(known.public_id)})
        return known
    changed = {
        name: value for name, value in details.items() if getattr(known, name) != value
    }
    return change_patient(actor=None, patient=known, **changed) if changed else known
