"""Agreeing, declining, taking back and ending."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.patients.permissions import is_own
from accounts.patients.services import has_proved_email
from accounts.proxies.models import Proxy
from accounts.proxies.permissions import can_confirm, can_end
from accounts.proxies.queries import is_under_age
from accounts.proxies.services.beginning import TooYoung
from accounts.proxies.services.moving import NotAnswerable, locked, move
from accounts.users.models import User
from foundation.errors import Refused
from foundation.events import publish


class NotForYou(Refused):
    sentence = "This invitation is for another e-mail address than yours."


class NotAMinor(Refused):
    sentence = (
        "This patient has reached the age from which they decide themselves. They "
        "accept it in their portal, or choose the other ground."
    )


class NoDocument(Refused):
    sentence = "Note which document you have seen"


@transaction.atomic
def accept(*, actor: User, proxy: Proxy, at: datetime) -> Proxy:
    """The other side agrees: an invitation's addressee, or the patient who was asked.

    From now on the proxy may act; an earlier agreement of the same two ends. Accepting
    twice changes nothing. Locks patient and proxy; publishes accounts.proxy_begun.
    Raises NotForYou, TooYoung and NotAnswerable.
    """
    proxy = locked(proxy)
    if proxy.status == Proxy.Status.INVITED:
        is_theirs = actor.email.lower() == proxy.email.lower()
        if not is_theirs or not has_proved_email(actor):
            raise NotForYou
        if is_own(actor, proxy.patient):
            raise NotForYou("You can't act for yourself.")
        return _begin(proxy, actor=actor, user=actor, at=at)
    if not is_own(actor, proxy.patient) and proxy.user_id != actor.pk:
        raise NotAnswerable
    if proxy.status == Proxy.Status.ACTIVE:
        return proxy
    if proxy.patient is None or not is_own(actor, proxy.patient):
        raise NotAnswerable
    if is_under_age(proxy.patient, at=at):
        raise TooYoung
    return _begin(proxy, actor=actor, at=at)


@transaction.atomic
def confirm(
    *,
    actor: User,
    proxy: Proxy,
    ground: str,
    document_seen: str,
    ends_at: datetime | None,
    at: datetime,
) -> Proxy:
    """The desk or medical administration agrees to a request in the patient's place.

    `ground` is MINOR, which lasts until the clinic's age, or UNABLE; `document_seen`
    is what proved it, such as a birth certificate. Locks patient and proxy; publishes
    accounts.proxy_begun. Raises NotAnswerable, NoDocument and NotAMinor.
    """
    proxy = locked(proxy)
    if proxy.status != Proxy.Status.ASKED or proxy.patient is None:
        raise NotAnswerable
    if not can_confirm(actor, proxy):
        raise NotAnswerable("You can't confirm this: you are one of the two.")
    if not document_seen.strip():
        raise NoDocument
    is_minor = ground == Proxy.Ground.MINOR
    if is_minor and not is_under_age(proxy.patient, at=at):
        raise NotAMinor
    return _begin(
        proxy,
        actor=actor,
        at=at,
        ground=ground,
        document_seen=document_seen.strip(),
        confirmed_by=actor,
        until_age=is_minor,
        ends_at=ends_at,
    )


def _begin(proxy: Proxy, *, actor: User, at: datetime, **changes: Any) -> Proxy:
    """Into force, if it was still waiting. The caller holds the patient's lock."""
    if proxy.lapses_at <= at or proxy.patient is None:
        raise NotAnswerable
    if proxy.patient.merged_into_id is not None:
        raise NotAnswerable
    user = changes.get("user", proxy.user)
    former = Proxy.objects.select_for_update(of=("self",)).filter(
        patient=proxy.patient, user=user, status=Proxy.Status.ACTIVE
    )
    for one in former.select_related("patient", "user"):
        over = min(one.ends_at or at, at)
        move(one, Proxy.Status.ENDED, actor=actor, ends_at=over, ended_by=actor)
    given = {"ground": Proxy.Ground.PATIENT, "starts_at": at} | changes
    move(proxy, Proxy.Status.ACTIVE, actor=actor, **given)
    publish("accounts.proxy_begun", proxy_id=proxy.pk)
    return proxy


@transaction.atomic
def decline(*, actor: User, proxy: Proxy, at: datetime) -> Proxy:
    """The other side says no; for a request also the desk. Saying so twice changes
    nothing. Raises NotForYou and NotAnswerable."""
    proxy = locked(proxy)
    if proxy.status == Proxy.Status.INVITED:
        if actor.email.lower() != proxy.email.lower() or not has_proved_email(actor):
            raise NotForYou
        return move(proxy, Proxy.Status.DECLINED, actor=actor, user=actor)
    if not is_own(actor, proxy.patient) and not can_confirm(actor, proxy):
        raise NotAnswerable
    if proxy.status == Proxy.Status.DECLINED:
        return proxy
    return move(proxy, Proxy.Status.DECLINED, actor=actor)


@transaction.atomic
def withdraw(*, actor: User, proxy: Proxy, at: datetime) -> Proxy:
    """Take an invitation or a request back. Twice changes nothing; raises NotAnswerable
    when it was answered meanwhile, or is not theirs."""
    proxy = locked(proxy)
    by_me = bool(proxy.email) and is_own(actor, proxy.patient)
    if not by_me and proxy.user_id != actor.pk:
        raise NotAnswerable
    if proxy.status == Proxy.Status.WITHDRAWN:
        return proxy
    if by_me and proxy.status == Proxy.Status.DECLINED:
        raise NotAnswerable
    if not by_me and proxy.email:
        raise NotAnswerable
    return move(proxy, Proxy.Status.WITHDRAWN, actor=actor)


@transaction.atomic
def end(*, actor: User, proxy: Proxy, at: datetime) -> Proxy:
    """Either side, or the desk, ends it, from this moment on. Twice changes nothing.

    Waits for whatever the proxy is doing right now (`hold_acting`). Publishes
    accounts.proxy_ended. Raises NotAnswerable for strangers and what never began.
    """
    proxy = locked(proxy)
    if not can_end(actor, proxy):
        raise NotAnswerable
    if proxy.status == Proxy.Status.ENDED:
        return proxy
    over = min(proxy.ends_at or at, at)
    move(proxy, Proxy.Status.ENDED, actor=actor, ends_at=over, ended_by=actor)
    publish("accounts.proxy_ended", proxy_id=proxy.pk)
    return proxy
