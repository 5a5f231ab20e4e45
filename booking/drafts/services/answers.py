"""Keeping what a visitor says on the way to a booking."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.patients.models import Patient
from booking.drafts.models import Draft
from booking.drafts.queries import is_over
from clinic.specialties.models import Specialty

KEPT = timedelta(days=1)


@transaction.atomic
def begin_draft(
    *,
    token: uuid.UUID,
    specialty: Specialty | None,
    answers: Mapping[str, str],
    for_patient: Patient | None = None,
) -> Draft:
    """Keep the first answers. The same token is the same draft, with these answers.
    `for_patient` is whom somebody books for, if not for themselves.

    A token whose draft led to a booking begins anew under another one: the visitor
    came back to an old page.
    """
    kept: dict[str, Any] = {
        "specialty": specialty,
        "answers": dict(answers),
        "for_patient": for_patient,
    }
    draft, created = Draft.objects.get_or_create(token=token, defaults=kept)
    if created:
        return draft
    draft = locked_draft(draft)
    if draft.appointment is not None and is_over(draft.appointment):
        return Draft.objects.create(token=uuid.uuid4(), **kept)
    if draft.for_patient_id != (for_patient.pk if for_patient else None):
        # The form was sent again after another person was chosen to act for.
        return Draft.objects.create(token=uuid.uuid4(), **kept)
    return answer(draft, answers, specialty=specialty)


@transaction.atomic
def save_answers(*, draft: Draft, answers: Mapping[str, str]) -> Draft:
    """Keep what was typed, right or wrong, over what was typed before."""
    return answer(locked_draft(draft), answers)


@transaction.atomic
def change_reason(
    *, draft: Draft, specialty: Specialty | None, answers: Mapping[str, str]
) -> Draft:
    """Keep another reason. A held time for another kind of visit stays held until
    one that fits is chosen."""
    return answer(locked_draft(draft), answers, specialty=specialty)


@transaction.atomic
def set_time_zone(*, draft: Draft, time_zone: str) -> Draft:
    """Remember the visitor's zone, an IANA name."""
    draft = locked_draft(draft)
    draft.time_zone = time_zone
    draft.save(update_fields=["time_zone", "updated_at"])
    return draft


def sweep_drafts(*, at: datetime) -> int:
    """Delete drafts a day after their last change; returns how many. Times that they
    held have run out long before, and what was booked stays."""
    return Draft.objects.filter(updated_at__lte=at - KEPT).delete()[0]


def locked_draft(draft: Draft) -> Draft:
    """The draft as it is now, locked.

    Without its appointment: joined in the same statement, that would be the one of
    before the wait for the lock, and the second click of a double click would not see
    what the first one held.
    """
    return Draft.objects.select_for_update().get(pk=draft.pk)


def answer(draft: Draft, answers: Mapping[str, str], **changes: Any) -> Draft:
    draft.answers = {**draft.answers, **answers}
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.save(update_fields=["answers", *changes, "updated_at"])
    return draft
