"""A machine's key takes two administrators and the person in whose name it acts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts.machine_keys.models import LONGEST_DAYS, MachineKey
from accounts.machine_keys.permissions import can_answer, can_take
from accounts.tokens.models import Over
from accounts.tokens.permissions import may_give
from accounts.tokens.services import begin_machine, end_authorisation
from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from foundation.errors import Refused
from foundation.permissions import require

WAITS = timedelta(days=7)


class NotTheirs(Refused):
    sentence = "This person may not do that themselves, so no machine may for them"


class NeedsAnother(Refused):
    sentence = (
        "Another administrator has to answer this: not who asked, nor who gets it."
    )


class NoLonger(Refused):
    sentence = "This was answered or taken already, or its seven days are over."


@transaction.atomic
def ask_key(
    *,
    actor: User,
    user: User,
    name: str,
    scopes: Sequence[str],
    days: int,
    at: datetime,
) -> MachineKey:
    """Ask that a machine may act in the name of `user` for `days` (1 to 365).

    Raises NotTheirs for scopes that `user` has not to give, and PermissionDenied.
    """
    require(actor, "accounts.ask_machine_key")
    if not scopes or not all(may_give(user, scope) for scope in scopes):
        raise NotTheirs
    key = MachineKey.objects.create(
        user=user,
        name=name,
        scopes=sorted(set(scopes)),
        days=min(max(days, 1), LONGEST_DAYS),
        asked_by=actor,
        expires_at=at + WAITS,
    )
    _record(actor, "machine_key.asked", key)
    return key


@transaction.atomic
def answer_key(*, actor: User, key: MachineKey, agrees: bool, at: datetime) -> None:
    """The second administrator's word. Raises NeedsAnother and NoLonger."""
    if not can_answer(actor, key):
        raise NeedsAnother
    key = _locked(key)
    if key.status != MachineKey.Status.WAITING or not key.is_open(at):
        raise NoLonger
    key.status = MachineKey.Status.CONFIRMED if agrees else MachineKey.Status.REFUSED
    key.answered_by = actor
    key.save(update_fields=["status", "answered_by", "updated_at"])
    _record(actor, "machine_key.confirmed" if agrees else "machine_key.refused", key)


@transaction.atomic
def take_key(*, actor: User, key: MachineKey, at: datetime) -> str:
    """The secret, this once, for whom the key is. Raises NoLonger, NeedsFactor, and
    NothingToGive for somebody whose roles no longer allow any of it."""
    key = _locked(key)
    is_ready = key.status == MachineKey.Status.CONFIRMED and key.is_open(at)
    if not is_ready or not can_take(actor, key):
        raise NoLonger
    key.authorisation, secret = begin_machine(
        actor=actor,
        name=key.name,
        scopes=key.scopes,
        expires_at=at + timedelta(days=key.days),
    )
    key.status = MachineKey.Status.TAKEN
    key.save(update_fields=["authorisation", "status", "updated_at"])
    return secret


@transaction.atomic
def end_key(*, actor: User, key: MachineKey) -> None:
    """An administrator ends a key, whether it is waiting or in use, at once."""
    require(actor, "accounts.ask_machine_key")
    key = _locked(key)
    if key.status != MachineKey.Status.TAKEN:
        key.status = MachineKey.Status.REFUSED
        key.save(update_fields=["status", "updated_at"])
    elif key.authorisation is not None:
        end_authorisation(
            actor=actor, authorisation=key.authorisation, because=Over.REVOKED
        )
    _record(actor, "machine_key.ended", key)


def _locked(key: MachineKey) -> MachineKey:
    return (
        MachineKey.objects.select_for_update(of=("self",))
        .select_related("user", "authorisation")
        .get(pk=key.pk)
    )


def _record(actor: User, verb: str, key: MachineKey) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=key,
        category=Category.ACCOUNTS,
        detail={"user_id": key.user_id, "scopes": " ".join(key.scopes)},
    )
