"""Asking for a correction, answering, and saying that one disagrees."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from accounts.patients.models import Patient
from accounts.proxies.models import Scope
from accounts.proxies.services import NotActing, hold_acting
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish
from records.amendments.models import Amendment
from records.amendments.permissions import can_answer
from records.amendments.queries import Subject

# GDPR 12(3) leaves a month; 45 CFR 164.526(b)(2) would leave 60 days.
ANSWER_WITHIN = timedelta(days=30)
WAITING_AT_MOST = 10


class NotYourRecord(Refused):
    sentence = (
        "A correction is asked for by the person whose record it is, or by somebody "
        "who acts for them."
    )


class TooManyWaiting(Refused):
    sentence = (
        f"{WAITING_AT_MOST} of your requests wait for an answer already. Call us if it "
        "can't wait until some of them are answered."
    )


class NotYours(Refused):
    sentence = "A doctor who treats them, or medical administration, has to answer it."


class AnsweredAlready(Refused):
    sentence = "Somebody has answered this request meanwhile. The answer stands below."


class NoReason(Refused):
    sentence = "Say why, in words that help the patient to understand it"


class NothingToSay(Refused):
    sentence = "Only a request that was not accepted, and once, can be answered so."


@transaction.atomic
def ask_amendment(
    *,
    actor: User,
    patient: Patient,
    subject: Subject,
    wrong: str,
    right: str,
    at: datetime,
) -> Amendment:
    """Ask for a correction of `subject`, of one's own record or of that of somebody
    for whom one acts. Nothing of the record changes by it.

    Locks the patient, so that the count of waiting requests holds. Publishes
    records.amendment_asked. Raises NotYourRecord and TooManyWaiting.
    """
    _hold(actor, patient)
    Patient.objects.select_for_update().get(pk=patient.pk)
    waiting = Amendment.objects.filter(patient=patient, status=Amendment.Status.ASKED)
    if waiting.count() >= WAITING_AT_MOST:
        raise TooManyWaiting
    links: dict[str, Any] = {}
    if subject.thing is not None:
        links[str(subject.thing._meta.model_name)] = subject.thing
    amendment = cast(
        Amendment,
        Amendment.objects.create(
            patient=patient,
            asked_by=actor,
            part=subject.part,
            wrong=wrong.strip(),
            right=right.strip(),
            asked_at=at,
            due_at=at + ANSWER_WITHIN,
            **links,
        ),
    )
    record(
        actor=actor,
        verb="amendment.asked",
        subject=amendment,
        patient=patient,
        detail={"part": str(subject.part)},
    )
    publish("records.amendment_asked", amendment_id=amendment.pk)
    return amendment


@transaction.atomic
def answer_amendment(
    *, actor: User, amendment: Amendment, is_accepted: bool, reason: str, at: datetime
) -> Amendment:
    """Accept it, or deny it with a reason; the answer is added to the record beside the
    request, and what was written before stays. Publishes records.amendment_answered.

    `reason` tells the patient what was done, or why not. Raises NotYours,
    AnsweredAlready and NoReason.
    """
    row = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    if not can_answer(actor, row):
        raise NotYours
    if not reason.strip():
        raise NoReason
    to = Amendment.Status.ACCEPTED if is_accepted else Amendment.Status.DENIED
    if to not in Amendment.MOVES.get(row.status, set()):
        raise AnsweredAlready
    row.status = to
    row.decided_by, row.decided_at, row.reason = actor, at, reason.strip()
    row.save(
        update_fields=["status", "decided_by", "decided_at", "reason", "updated_at"]
    )
    record(
        actor=actor,
        verb=f"amendment.{to.lower()}",
        subject=row,
        patient=row.patient,
        detail={"part": row.part},
    )
    publish("records.amendment_answered", amendment_id=row.pk)
    return row


@transaction.atomic
def disagree(
    *, actor: User, amendment: Amendment, words: str, at: datetime
) -> Amendment:
    """Add what the patient says to a denial; it stays beside it (45 CFR 164.526(d)).
    Raises NotYourRecord and NothingToSay."""
    _hold(actor, amendment.patient)
    row = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    if row.status != Amendment.Status.DENIED or row.disagreed_at or not words.strip():
        raise NothingToSay
    row.disagreement, row.disagreed_at = words.strip(), at
    row.save(update_fields=["disagreement", "disagreed_at", "updated_at"])
    record(actor=actor, verb="amendment.disagreed", subject=row, patient=row.patient)
    return row


def _hold(actor: User, patient: Patient) -> None:
    """The patient, or who acts for them until this is done."""
    try:
        hold_acting(actor=actor, patient=patient, scope=Scope.RECORDS)
    except NotActing as refusal:
        raise NotYourRecord from refusal
