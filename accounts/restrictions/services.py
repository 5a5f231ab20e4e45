"""Asking for a restriction, answering, placing one and lifting it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from accounts.patients.models import Patient
from accounts.patients.permissions import is_own
from accounts.restrictions.models import Restriction
from accounts.restrictions.permissions import can_decide
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

SHORTEST_REASON = 20
# GDPR 18(3): the patient is told before the clinic lifts it, in time to object.
NOTICE = timedelta(days=7)


class NotYourRecord(Refused):
    sentence = "Only the person whose record it is can ask for this."


class NotAllowed(Refused):
    sentence = "Medical administration decides about it, and nobody about their own."


class ThereAlready(Refused):
    sentence = "There is a request or a restriction already."


class AnsweredAlready(Refused):
    sentence = "This was answered, or taken back, meanwhile. It stands below."


class NoReason(Refused):
    sentence = "Say why, in a sentence that the patient will read"


class NotStanding(Refused):
    sentence = "It is not in force, or its end is settled already."


@transaction.atomic
def ask_restriction(
    *, actor: User, patient: Patient, ground: str, words: str, at: datetime
) -> Restriction:
    """Ask that one's record is kept but not used. Publishes
    accounts.restriction_asked. Raises NotYourRecord and ThereAlready."""
    if not is_own(actor, patient):
        raise NotYourRecord
    made = _create(
        patient=patient, ground=ground, words=words.strip(), asked_by=actor, asked_at=at
    )
    _record(made, actor, "restriction.asked")
    publish("accounts.restriction_asked", restriction_id=made.pk)
    return made


@transaction.atomic
def place_restriction(
    *, actor: User, patient: Patient, ground: str, reason: str, at: datetime
) -> Restriction:
    """Close a record from now on for a patient who asked by letter or telephone.
    Publishes accounts.restriction_decided. Raises NotAllowed, NoReason and
    ThereAlready."""
    if not can_decide(actor, Restriction(patient=patient)):
        raise NotAllowed
    made = _create(
        patient=patient,
        status=Restriction.Status.STANDING,
        ground=ground,
        asked_by=actor,
        asked_at=at,
        decided_by=actor,
        reason=_reason(reason),
        starts_at=at,
    )
    _record(made, actor, "restriction.standing")
    publish("accounts.restriction_decided", restriction_id=made.pk)
    return made


@transaction.atomic
def decide_restriction(
    *,
    actor: User,
    restriction: Restriction,
    is_granted: bool,
    reason: str,
    at: datetime,
) -> Restriction:
    """Close the record from now on, or say why not. Publishes
    accounts.restriction_decided. Raises NotAllowed, NoReason and AnsweredAlready."""
    row = _locked(restriction)
    if not can_decide(actor, row):
        raise NotAllowed
    given: dict[str, Any] = {"decided_by": actor, "reason": _reason(reason)}
    if is_granted:
        given["starts_at"] = at
    _move(
        row,
        Restriction.Status.STANDING if is_granted else Restriction.Status.DENIED,
        actor=actor,
        **given,
    )
    publish("accounts.restriction_decided", restriction_id=row.pk)
    return row


@transaction.atomic
def withdraw_restriction(
    *, actor: User, restriction: Restriction, at: datetime
) -> Restriction:
    """The patient takes a request back, or lets the record be used again at once.
    Twice changes nothing. Raises NotYourRecord and AnsweredAlready."""
    row = _locked(restriction)
    if not is_own(actor, row.patient):
        raise NotYourRecord
    if row.status == Restriction.Status.WITHDRAWN:
        return row
    if row.status != Restriction.Status.STANDING:
        return _move(row, Restriction.Status.WITHDRAWN, actor=actor)
    if row.is_in_force(at):
        row.lifts_at, row.lifted_by = at, actor
        row.save(update_fields=["lifts_at", "lifted_by", "updated_at"])
        _record(row, actor, "restriction.lifted")
    return row


@transaction.atomic
def lift_restriction(
    *, actor: User, restriction: Restriction, reason: str, at: datetime
) -> Restriction:
    """The clinic ends it, NOTICE after now: the patient is told before, with `reason`.
    Publishes accounts.restriction_ends. Raises NotAllowed, NoReason, NotStanding."""
    row = _locked(restriction)
    if not can_decide(actor, row):
        raise NotAllowed
    words = _reason(reason)
    if not row.is_in_force(at) or row.lifts_at is not None:
        raise NotStanding
    row.lifts_at, row.lifted_by, row.lift_reason = at + NOTICE, actor, words
    row.save(update_fields=["lifts_at", "lifted_by", "lift_reason", "updated_at"])
    _record(row, actor, "restriction.lifted")
    publish("accounts.restriction_ends", restriction_id=row.pk)
    return row


def _create(**fields: Any) -> Restriction:
    try:
        with transaction.atomic():
            made: Restriction = Restriction.objects.create(**fields)
    except IntegrityError as error:
        raise ThereAlready from error
    return made


def _reason(words: str) -> str:
    if len(words.strip()) < SHORTEST_REASON:
        raise NoReason
    return words.strip()


def _locked(restriction: Restriction) -> Restriction:
    rows = Restriction.objects.select_for_update(of=("self",))
    return rows.select_related("patient").get(pk=restriction.pk)


def _move(row: Restriction, to: str, *, actor: User, **changes: Any) -> Restriction:
    if to not in Restriction.MOVES.get(row.status, set()):
        raise AnsweredAlready
    row.status = to
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["status", *changes, "updated_at"])
    _record(row, actor, f"restriction.{to.lower()}")
    return row


def _record(row: Restriction, actor: User, verb: str) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=row,
        patient=row.patient,
        detail={"ground": str(row.ground)},
    )
