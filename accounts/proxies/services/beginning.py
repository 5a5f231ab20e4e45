"""Asking: a patient invites somebody, or somebody asks for a patient."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.patients.models import Patient
from accounts.patients.permissions import is_own
from accounts.proxies.models import Proxy
from accounts.proxies.queries import find_named, is_under_age
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

# How long an invitation or a request can be answered.
WAITS = timedelta(days=30)
MOST_WAITING = 10


class TooYoung(Refused):
    sentence = (
        "At your age the clinic agrees to who may act for you. Call us, or ask at the "
        "front desk."
    )


class TooMany(Refused):
    sentence = "Ten are waiting for an answer already. Take one back first."


class AlreadyThere(Refused):
    sentence = "This is waiting for an answer, or in force, already."


class NotOwn(Refused):
    sentence = "Only patients invite somebody to act for them."


@transaction.atomic
def invite(
    *,
    actor: User,
    patient: Patient,
    email: str,
    relation: str,
    scopes: Sequence[str],
    ends_at: datetime | None,
    at: datetime,
) -> Proxy:
    """Invite whoever signs in with `email` to act for the actor, who is `patient`.

    The same whether or not somebody with this address is here. `scopes` are values of
    Scope, at least one; `ends_at` is exclusive. Publishes accounts.proxy_invited. Locks
    the patient. Raises NotOwn, TooYoung, AlreadyThere and TooMany.
    """
    if not is_own(actor, patient):
        raise NotOwn
    if is_under_age(patient, at=at):
        raise TooYoung
    if email.lower() == actor.email.lower():
        raise Refused("This is your own e-mail address. Enter theirs.")
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    mine = Proxy.objects.filter(patient=patient)
    waiting = mine.waiting(at).filter(status=Proxy.Status.INVITED)
    if (
        waiting.filter(email__iexact=email).exists()
        or mine.in_force(at).filter(user__email__iexact=email).exists()
    ):
        raise AlreadyThere
    if waiting.count() >= MOST_WAITING:
        raise TooMany
    proxy = Proxy.objects.create(
        patient=patient,
        status=Proxy.Status.INVITED,
        relation=relation,
        scopes=list(scopes),
        email=email,
        ends_at=ends_at,
        lapses_at=at + WAITS,
    )
    record(
        actor=actor,
        verb="proxy.invited",
        subject=proxy,
        patient=patient,
        detail={"scopes": ",".join(scopes)},
    )
    publish("accounts.proxy_invited", proxy_id=proxy.pk)
    return proxy


@transaction.atomic
def ask(
    *,
    actor: User,
    number: str,
    birth_date: date,
    relation: str,
    scopes: Sequence[str],
    reason: str,
    at: datetime,
) -> Proxy:
    """Ask to act for the patient with this number and birth date.

    Gives the same answer whether there is one: what names nobody, or was declined,
    waits and lapses like the others. Publishes accounts.proxy_asked where there is a
    patient. Locks the actor. Raises AlreadyThere and TooMany, for reasons that the
    actor knows of.
    """
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    mine = Proxy.objects.filter(user=actor)
    waiting = list(Proxy.objects.asked_by(actor, at))
    if any(_same(one.asked_number, number) for one in waiting):
        raise AlreadyThere
    if len(waiting) >= MOST_WAITING:
        raise TooMany
    patient = find_named(number, birth_date)
    if patient is not None and (
        is_own(actor, patient) or mine.in_force(at).filter(patient=patient).exists()
    ):
        raise AlreadyThere("You can act for this person already.")
    proxy = Proxy.objects.create(
        patient=patient,
        user=actor,
        status=Proxy.Status.ASKED,
        relation=relation,
        scopes=list(scopes),
        asked_number=number.strip().upper(),
        reason=reason.strip(),
        lapses_at=at + WAITS,
    )
    record(
        actor=actor,
        verb="proxy.asked",
        subject=proxy,
        patient=patient,
        detail={"scopes": ",".join(scopes)},
    )
    if patient is not None:
        publish("accounts.proxy_asked", proxy_id=proxy.pk)
    return proxy


def _same(one: str, other: str) -> bool:
    return _letters(one) == _letters(other)


def _letters(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum())
