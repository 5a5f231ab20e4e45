"""Changing what somebody may do for a patient, without ending it.

Less is at once, by either side. More waits for the other side, or for the clinic where
it agreed in the patient's place.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.patients.permissions import is_own
from accounts.proxies.models import Proxy, Scope
from accounts.proxies.permissions import can_confirm
from accounts.proxies.queries import is_under_age
from accounts.proxies.services.beginning import WAITS, TooYoung
from accounts.proxies.services.moving import NotAnswerable, locked
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish
from foundation.scene import forget_answers


class NothingLeft(Refused):
    sentence = (
        "Nothing of what was agreed would be left. Keep one of them, or end it and "
        "begin anew."
    )


@transaction.atomic
def change_scopes(
    *, actor: User, proxy: Proxy, scopes: Collection[str], at: datetime
) -> Proxy:
    """Set what the proxy may do to `scopes`, values of Scope.

    What is left out is gone from this moment on, and what somebody is doing with it
    right now is waited for. What is added waits WAITS for an answer. Publishes
    accounts.proxy_scopes_changed and accounts.proxy_scopes_asked. Raises NotAnswerable
    for strangers and what is not in force, NothingLeft, and TooYoung where the patient
    would add something before the clinic's age.
    """
    proxy = locked(proxy)
    by_patient = is_own(actor, proxy.patient)
    if not (by_patient or proxy.user_id == actor.pk) or not _in_force(proxy, at):
        raise NotAnswerable
    kept = [scope for scope in proxy.scopes if scope in scopes]
    more = [s for s in Scope.values if s in scopes and s not in proxy.scopes]
    if not set(kept) - {Scope.COPIES}:
        raise NothingLeft
    if more and by_patient and is_under_age(proxy.patient, at=at):
        raise TooYoung
    before = list(proxy.scopes)
    proxy.scopes = kept
    proxy.wanted_scopes = more
    proxy.wanted_by = actor if more else None
    proxy.wanted_until = at + WAITS if more else None
    _save(proxy)
    if kept != before:
        _record(proxy, actor, "proxy.narrowed", before)
        publish("accounts.proxy_scopes_changed", proxy_id=proxy.pk)
    if more:
        _record(proxy, actor, "proxy.more_asked", before)
        publish("accounts.proxy_scopes_asked", proxy_id=proxy.pk)
    return proxy


@transaction.atomic
def answer_scopes(*, actor: User, proxy: Proxy, is_agreed: bool, at: datetime) -> Proxy:
    """Agree to what the other side wants to add, or not; whoever asked may take it
    back so. Publishes accounts.proxy_scopes_changed. Raises NotAnswerable."""
    proxy = locked(proxy)
    if not is_waiting(proxy, at=at) or not _in_force(proxy, at):
        raise NotAnswerable
    if not may_answer(actor, proxy, is_agreed=is_agreed, at=at):
        raise NotAnswerable
    before = list(proxy.scopes)
    if is_agreed:
        wanted = {*proxy.scopes, *proxy.wanted_scopes}
        proxy.scopes = [scope for scope in Scope.values if scope in wanted]
    proxy.wanted_scopes, proxy.wanted_by, proxy.wanted_until = [], None, None
    _save(proxy)
    verb = "proxy.widened" if is_agreed else "proxy.more_declined"
    _record(proxy, actor, verb, before)
    if is_agreed:
        publish("accounts.proxy_scopes_changed", proxy_id=proxy.pk)
    return proxy


def is_waiting(proxy: Proxy, *, at: datetime) -> bool:
    """Whether something is to be added, and can still be answered at `at`."""
    until = proxy.wanted_until
    return bool(proxy.wanted_scopes) and until is not None and until > at


def may_answer(actor: Any, proxy: Proxy, *, is_agreed: bool, at: datetime) -> bool:
    """Who says yes, or no, to what one side wants to add: the other side; for patients
    who are too young, or for whom the clinic agreed, the clinic says yes."""
    by_patient = is_own(actor, proxy.patient)
    is_side = by_patient or proxy.user_id == actor.pk
    if not is_agreed:
        return is_side or can_confirm(actor, proxy)
    if proxy.wanted_by_id == actor.pk:
        return False
    if proxy.wanted_by_id != proxy.user_id:
        # The patient offered it.
        return bool(proxy.user_id == actor.pk)
    if proxy.ground != Proxy.Ground.PATIENT or is_under_age(proxy.patient, at=at):
        return can_confirm(actor, proxy)
    return by_patient


def _in_force(proxy: Proxy, at: datetime) -> bool:
    return Proxy.objects.in_force(at).filter(pk=proxy.pk).exists()


def _save(proxy: Proxy) -> None:
    proxy.save(
        update_fields=[
            "scopes", "wanted_scopes", "wanted_by", "wanted_until", "updated_at",
        ]
    )  # fmt: skip
    forget_answers()


def _record(proxy: Proxy, actor: User, verb: str, before: list[str]) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=proxy,
        patient=proxy.patient,
        detail={
            "from": ",".join(before),
            "to": ",".join(proxy.scopes),
            "wanted": ",".join(proxy.wanted_scopes),
        },
    )
