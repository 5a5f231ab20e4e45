"""Opening a record in an emergency, closing it, and looking at it afterwards."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.emergency_access.models import LONGEST, EmergencyAccess
from accounts.emergency_access.permissions import can_ask, can_review
from accounts.patients.models import CareRelation, Patient
from accounts.patients.permissions import treats
from accounts.users.models import Role, User
from accounts.users.permissions import roles_of
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

A_DAY = timedelta(hours=24)
SHORTEST_REASON = 20


class NotAllowed(Refused):
    sentence = "Emergency access is for people who work here, and not for oneself."


class NoReason(Refused):
    sentence = "Say why you need this record now, in a sentence of your own"


class OpenAlready(Refused):
    sentence = "You treat this patient, so their record is open to you already."


class TooOften(Refused):
    sentence = (
        "You have used emergency access as often as the clinic allows in 24 hours. "
        "Call the medical administration."
    )


class NotReviewable(Refused):
    sentence = "Somebody else has to look at your own access."


@transaction.atomic
def open_access(
    *, actor: User, patient: Patient, reason: str, at: datetime
) -> EmergencyAccess:
    """Let `actor` reach one patient for EMERGENCY_ACCESS_MINUTES, an hour at most.

    It is a care relation with an end, so that every rule about who treats whom follows.
    Asking again while it is open gives the open one. Locks the actor, so that the count
    of a day holds for two requests at once. Publishes accounts.emergency_opened. Raises
    NotAllowed, NoReason, OpenAlready and TooOften.
    """
    if not can_ask(actor, patient):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise NoReason
    User.objects.select_for_update().get(pk=actor.pk)
    mine = EmergencyAccess.objects.filter(user=actor)
    current = mine.open_at(at).filter(patient=patient).first()
    if current is not None:
        return current
    if treats(actor, patient):
        raise OpenAlready
    if mine.filter(starts_at__gt=at - A_DAY).count() >= settings.EMERGENCY_ACCESS_A_DAY:
        raise TooOften
    length = min(timedelta(minutes=settings.EMERGENCY_ACCESS_MINUTES), LONGEST)
    access = EmergencyAccess.objects.create(
        user=actor,
        patient=patient,
        roles=_roles(actor),
        reason=reason.strip(),
        starts_at=at,
        ends_at=at + length,
    )
    CareRelation.objects.update_or_create(
        user=actor,
        patient=patient,
        source=CareRelation.Source.EMERGENCY,
        defaults={"starts_at": access.starts_at, "ends_at": access.ends_at},
    )
    record(
        actor=actor,
        verb="emergency.opened",
        subject=access,
        patient=patient,
        detail={"minutes": int(length.total_seconds() // 60)},
    )
    publish("accounts.emergency_opened", access_id=access.pk)
    return access


@transaction.atomic
def end_access(*, actor: User, access: EmergencyAccess, at: datetime) -> None:
    """Close it before its time. Closing what is closed changes nothing."""
    access = EmergencyAccess.objects.select_for_update().get(pk=access.pk)
    if access.ends_at <= at:
        return
    access.ends_at = at
    access.save(update_fields=["ends_at", "updated_at"])
    CareRelation.objects.filter(
        user_id=access.user_id,
        patient_id=access.patient_id,
        source=CareRelation.Source.EMERGENCY,
    ).update(ends_at=at)
    record(actor=actor, verb="emergency.ended", subject=access, patient=access.patient)


@transaction.atomic
def review_access(
    *, actor: User, access: EmergencyAccess, outcome: str, note: str, at: datetime
) -> None:
    """Note what the medical administration thinks of it; the last word counts.

    `outcome` is REVIEWED or QUERIED. Raises NotReviewable for one's own.
    """
    if not can_review(actor, access):
        raise NotReviewable
    access.review = outcome
    access.reviewed_by = actor
    access.reviewed_at = at
    access.review_note = note
    access.save(
        update_fields=[
            "review",
            "reviewed_by",
            "reviewed_at",
            "review_note",
            "updated_at",
        ]
    )
    record(
        actor=actor,
        verb="emergency.reviewed",
        subject=access,
        patient=access.patient,
        detail={"outcome": str(outcome)},
    )


def _roles(user: User) -> str:
    held = {role for role, _ in roles_of(user)} - {Role.PATIENT}
    return ", ".join(str(Role(role).label) for role in Role if role in held)
