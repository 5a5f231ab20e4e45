"""Making administrators takes two of them."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Place, User
from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.services import assign_role
from audit.services import record
from clinic.grants.models import Grant
from clinic.grants.permissions import can_answer
from foundation.errors import Refused
from foundation.events import publish

LASTS = timedelta(days=7)


class NeedsAnother(Refused):
    sentence = (
        "Another administrator has to answer this: not who asked, nor who gets it."
    )


class AskedByNobody(Refused):
    sentence = (
        "Whoever asked for this is no administrator any more. Say no, and ask anew."
    )


class NoLonger(Refused):
    sentence = "This was answered already, or its seven days are over."


@transaction.atomic
def ask_grant(
    *, actor: User, user: User, role: str, place: Place | None, at: datetime
) -> Grant:
    """Ask a second administrator to agree. Asking again while one waits gives that one.

    Publishes clinic.grant_asked.
    """
    rows = Grant.objects.filter(user=user, role=role, place=place)
    # What has lapsed makes room for a new question.
    lapsed = rows.filter(status=Grant.Status.WAITING, expires_at__lte=at)
    lapsed.update(status=Grant.Status.REFUSED)
    grant, created = rows.get_or_create(
        status=Grant.Status.WAITING,
        defaults={
            "user": user,
            "role": role,
            "place": place,
            "asked_by": actor,
            "expires_at": at + LASTS,
        },
    )
    if created:
        record(
            actor=actor, verb="grant.asked", subject=user, detail={"role": str(role)}
        )
        publish("clinic.grant_asked", grant_id=grant.pk)
    return grant


@transaction.atomic
def answer_grant(*, actor: User, grant: Grant, agrees: bool, at: datetime) -> None:
    """Give the role, or not. Raises NeedsAnother, NoLonger, and AskedByNobody where
    the other of the two is no administrator any more."""
    if not can_answer(actor, grant):
        raise NeedsAnother
    grant = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("user", "place", "asked_by")
        .get(pk=grant.pk)
    )
    if grant.status != Grant.Status.WAITING or grant.expires_at <= at:
        raise NoLonger
    if agrees and not has_role(grant.asked_by, Role.ADMIN):
        raise AskedByNobody
    grant.status = Grant.Status.CONFIRMED if agrees else Grant.Status.REFUSED
    grant.answered_by = actor
    grant.answered_at = at
    grant.save(update_fields=["status", "answered_by", "answered_at", "updated_at"])
    record(
        actor=actor,
        verb="grant.confirmed" if agrees else "grant.refused",
        subject=grant.user,
        detail={"role": grant.role, "asked_by_id": grant.asked_by_id},
    )
    if agrees:
        assign_role(
            actor=actor,
            user=grant.user,
            role=grant.role,
            place=grant.place,
            seconded_by=grant.asked_by,
        )
