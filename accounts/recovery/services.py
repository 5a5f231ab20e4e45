"""Starting, approving, using and stopping a reset of lost second factors."""

from datetime import datetime

from django.db import transaction

from accounts.factors.permissions import has_factor, must_have_factor
from accounts.factors.services import reset_factors
from accounts.recovery.models import Reset
from accounts.recovery.permissions import can_approve, is_still_due, needs_second
from accounts.recovery.queries import AFTER_WAIT, WAIT, WHEN_CHECKED
from accounts.sessions.models import Ended
from accounts.sessions.services import end_sessions
from accounts.users.models import Role, User
from accounts.users.permissions import has_role
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish


class NotByOneself(Refused):
    sentence = "Ask an administrator: who works here cannot do this alone."


class NothingToReset(Refused):
    sentence = "There is no second step on this account."


class NotYet(Refused):
    sentence = "This link works later; the e-mail says from when."


class StartedByNobody(Refused):
    sentence = "Whoever started this is no administrator any more. Start it anew later."


class Gone(Refused):
    sentence = "This link has been used or is too old."


@transaction.atomic
def ask_reset(*, user: User, at: datetime) -> Reset:
    """Ask for oneself, as a patient, after the first factor. Works after WAIT.

    Asking again while one is open changes nothing. Raises NotByOneself for staff.
    """
    if must_have_factor(user):
        raise NotByOneself
    return _start(
        actor=user,
        user=user,
        ground=Reset.Ground.WAITED,
        works_from=at + WAIT,
        expires_at=at + WAIT + AFTER_WAIT,
        at=at,
    )


@transaction.atomic
def start_reset(*, actor: User, user: User, ground: str, at: datetime) -> Reset:
    """Start one for somebody whose identity `actor` has checked.

    For an administrator it waits until a second one approves; the link is sent then.
    """
    return _start(
        actor=actor,
        user=user,
        ground=ground,
        works_from=at,
        expires_at=at + WHEN_CHECKED,
        at=at,
        needs_approval=needs_second(user),
    )


def _start(
    *,
    actor: User,
    user: User,
    ground: str,
    works_from: datetime,
    expires_at: datetime,
    at: datetime,
    needs_approval: bool = False,
) -> Reset:
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not has_factor(locked):
        raise NothingToReset
    under_way = Reset.objects.filter(user=user, used_at=None, cancelled_at=None)
    found = under_way.filter(expires_at__gt=at, ground=ground).first()
    if found is not None:
        return found
    under_way.update(cancelled_at=at)
    reset = Reset.objects.create(
        user=user,
        ground=ground,
        started_by=actor,
        works_from=works_from,
        expires_at=expires_at,
        needs_approval=needs_approval,
    )
    record(
        actor=actor,
        verb="factor.reset_started",
        subject=user,
        detail={"ground": ground},
    )
    if not needs_approval:
        publish("accounts.reset_ready", reset_id=reset.pk)
    return reset


@transaction.atomic
def approve_reset(*, actor: User, reset: Reset, at: datetime) -> Reset:
    """The second administrator's word; the link goes out. Raises Gone when it is too
    late, NotByOneself for who may not, and StartedByNobody where the first of the two
    is no administrator any more."""
    reset = Reset.objects.select_for_update().get(pk=reset.pk)
    is_over = reset.used_at or reset.cancelled_at or reset.expires_at <= at
    if is_over or reset.approved_by_id:
        raise Gone
    if not can_approve(actor, reset):
        raise NotByOneself
    if not has_role(reset.started_by, Role.ADMIN):
        raise StartedByNobody
    reset.approved_by = actor
    reset.works_from, reset.expires_at = at, at + WHEN_CHECKED
    reset.save(update_fields=["approved_by", "works_from", "expires_at", "updated_at"])
    record(actor=actor, verb="factor.reset_approved", subject=reset.user)
    publish("accounts.reset_ready", reset_id=reset.pk)
    return reset


@transaction.atomic
def use_reset(*, reset: Reset, at: datetime) -> User:
    """Take the factors away and end every session. Signs nobody in.

    Raises NotYet before its time or its approval, Gone when it was used, and where it
    could not be started any more: the account is closed, or works here by now.
    """
    reset = Reset.objects.select_for_update().select_related("user").get(pk=reset.pk)
    is_over = reset.used_at or reset.cancelled_at or reset.expires_at <= at
    if is_over or not is_still_due(reset):
        raise Gone
    if at < reset.works_from or (reset.needs_approval and not reset.approved_by_id):
        raise NotYet
    reset.used_at = at
    reset.save(update_fields=["used_at", "updated_at"])
    reset_factors(user=reset.user)
    end_sessions(user=reset.user, because=Ended.CREDENTIALS)
    return reset.user


@transaction.atomic
def stop_resets_of(*, user: User, at: datetime) -> None:
    """Their links lie in a mailbox that is no longer theirs."""
    for reset in Reset.objects.filter(user=user, used_at=None, cancelled_at=None):
        stop_reset(reset=reset, at=at)


@transaction.atomic
def stop_reset(*, reset: Reset, at: datetime) -> None:
    """ "It wasn't me", or a change of mind: the link stops working."""
    stopped = Reset.objects.filter(pk=reset.pk, used_at=None, cancelled_at=None).update(
        cancelled_at=at
    )
    if stopped:
        record(actor=None, verb="factor.reset_stopped", subject=reset.user)
