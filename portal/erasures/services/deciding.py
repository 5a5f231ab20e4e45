"""Asking for an erasure, taking it back, deciding about it, and letting it begin."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.patients.queries import patient_of
from audit.entries.models import Action, Category
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish
from portal.erasures.models import GRANTS, Erasure, Ground
from portal.erasures.permissions import (
    can_ask,
    can_decide,
    can_open_kept,
    can_release,
)
from portal.erasures.queries import obstacle
from portal.legal_holds.queries import is_held

SHORTEST_REASON = 20
Status = Erasure.Status


class NotForThem(Refused):
    sentence = (
        "Only a patient can ask this here. Who works here asks the administration, and "
        "leaves first."
    )


class AskedAlready(Refused):
    sentence = "You have asked already. We are looking at it."


class NotSettled(Refused):
    """Something has to be settled first; the sentence says what."""


class NotNow(Refused):
    sentence = "Somebody has answered this already. Look at the page again."


class NotAllowed(Refused):
    sentence = "Another person has to do this: it takes two."


class NoReason(Refused):
    sentence = "Say why, in a sentence of your own"


@transaction.atomic
def ask_erasure(*, actor: User, words: str, at: datetime) -> Erasure:
    """Wish that everything about oneself be erased. Publishes portal.erasure_asked.

    Nothing is erased by it. Raises NotForThem, AskedAlready, and NotSettled while a
    visit lies ahead or money is on its way.
    """
    if not can_ask(actor, None):
        raise NotForThem
    patient = patient_of(actor)
    in_the_way = obstacle(patient, at)
    if in_the_way:
        raise NotSettled(in_the_way)
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(
                user=actor, patient=patient, words=words.strip()
            )
    except IntegrityError as error:
        raise AskedAlready from error
    _record(erasure, actor, "erasure.asked")
    publish("portal.erasure_asked", erasure_id=erasure.pk)
    return erasure


@transaction.atomic
def withdraw_erasure(*, actor: User, erasure: Erasure) -> None:
    """Take the wish back. Raises NotNow once it has begun."""
    erasure = _locked(erasure, Status.ASKED, Status.APPROVED)
    _move(erasure, Status.WITHDRAWN)
    _record(erasure, actor, "erasure.withdrawn")


@transaction.atomic
def decide_erasure(
    *, actor: User, erasure: Erasure, ground: str, reason: str, at: datetime
) -> Erasure:
    """Approve or refuse, by the law's words and one's own; which of them follows from
    `ground`. Publishes portal.erasure_decided. Raises NotAllowed, NoReason, NotNow."""
    erasure = _locked(erasure, Status.ASKED)
    if not can_decide(actor, erasure):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
    erasure.decided_by, erasure.decided_at = actor, at
    erasure.ground, erasure.reason = Ground(ground), reason.strip()
    erasure.save(update_fields=["decided_by", "decided_at", "ground", "reason"])
    approved = ground in GRANTS
    _move(erasure, Status.APPROVED if approved else Status.REFUSED)
    _record(
        erasure, actor, "erasure.approved" if approved else "erasure.refused", ground
    )
    publish("portal.erasure_decided", erasure_id=erasure.pk)
    return erasure


@transaction.atomic
def release_erasure(*, actor: User, erasure: Erasure, at: datetime) -> Erasure:
    """The second person lets it begin; there is no way back. Publishes
    portal.erasure_released. Raises NotAllowed, NotNow, and NotSettled where a visit was
    booked meanwhile."""
    erasure = _locked(erasure, Status.APPROVED)
    if not can_release(actor, erasure):
        raise NotAllowed
    if not can_ask(erasure.user, None):
        raise NotSettled("This person works here now. They leave first.")
    if is_held(erasure.patient, at.date()):
        raise NotSettled("A legal hold stands on this patient. It has to end first.")
    if obstacle(erasure.patient, at):
        raise NotSettled("A visit or a payment has come up since. Settle it first.")
    erasure.released_by, erasure.released_at = actor, at
    erasure.save(update_fields=["released_by", "released_at"])
    _move(erasure, Status.RUNNING)
    _record(erasure, actor, "erasure.released")
    publish("portal.erasure_released", erasure_id=erasure.pk)
    return erasure


@transaction.atomic
def open_kept(*, actor: User, erasure: Erasure, reason: str) -> None:
    """Log that the closed record is about to be read, and that a reason was given.

    The reason itself stands in the erasure, sealed, for whoever opens it next. Raises
    NotAllowed and NoReason.
    """
    if not can_open_kept(actor, erasure):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
    erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    said = f"{actor.get_full_name()}: {reason.strip()}"
    erasure.words = "\n".join(filter(None, [erasure.words, said]))
    erasure.save(update_fields=["words", "updated_at"])
    record(
        actor=actor,
        verb="erasure.kept_opened",
        action=Action.EXPORT,
        subject=erasure,
        patient=erasure.patient,
        category=f"{Category.IDENTITY},{Category.DOCUMENTS},{Category.PRESCRIPTIONS}",
        purpose="CLOSED",
    )


def _locked(erasure: Erasure, *expected: str) -> Erasure:
    found = (
        Erasure.objects.select_for_update(of=("self",))
        .select_related("patient")
        .get(pk=erasure.pk)
    )
    if found.status not in expected:
        raise NotNow
    return found


def _move(erasure: Erasure, status: str) -> None:
    if status not in Erasure.MOVES.get(erasure.status, set()):
        raise NotNow
    erasure.status = status
    erasure.save(update_fields=["status", "updated_at"])


def _record(erasure: Erasure, actor: User | None, verb: str, ground: str = "") -> None:
    record(
        actor=actor,
        verb=verb,
        subject=erasure,
        patient=erasure.patient,
        category=Category.ACCOUNTS,
        detail={"ground": str(ground)} if ground else {},
    )
