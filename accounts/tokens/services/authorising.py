"""Beginning: somebody lets an application, or a machine, act in their name."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.applications.models import Application
from accounts.tokens.models import Authorisation
from accounts.tokens.queries import (
    CODE_LASTS,
    audience,
    digest,
    lasts_until,
    scopes_to_give,
)
from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish


class NeedsFactor(Refused):
    sentence = "Set up a second step first: it keeps others from letting apps in."


class NothingToGive(Refused):
    sentence = "Choose at least one thing that the app may do"


@transaction.atomic
def authorise(
    *,
    actor: User,
    application: Application,
    scopes: Sequence[str],
    redirect_uri: str,
    code_challenge: str,
    at: datetime,
) -> str:
    """Let `application` act in the name of `actor`; the code that it exchanges once,
    within CODE_LASTS.

    The caller has checked that the redirect URI is one of the application's and that
    the actor has just proved their factor. Publishes accounts.sign_in_changed. Raises
    NeedsFactor, and NothingToGive where none of the scopes is the actor's to give.
    """
    given = [one for one in scopes_to_give(actor, scopes) if one in application.scopes]
    _check(actor, given)
    code = f"mc_code_{secrets.token_urlsafe(32)}"
    authorisation = Authorisation.objects.create(
        user=actor,
        application=application,
        scopes=given,
        audience=audience(),
        epoch=actor.factor_epoch,
        expires_at=lasts_until(actor, at),
        code_digest=digest(code),
        code_expires_at=at + CODE_LASTS,
        code_challenge=code_challenge,
        redirect_uri=redirect_uri,
    )
    _record(actor, "authorisation.given", authorisation)
    return code


@transaction.atomic
def begin_machine(
    *, actor: User, name: str, scopes: Sequence[str], expires_at: datetime
) -> tuple[Authorisation, str]:
    """Let a machine act in the name of `actor`; its secret is returned this once.

    Whether it may, two others have decided (`accounts.machine_keys`). Raises as
    `authorise`.
    """
    given = scopes_to_give(actor, scopes)
    _check(actor, given)
    secret = f"mc_key_{secrets.token_urlsafe(32)}"
    authorisation = Authorisation.objects.create(
        user=actor,
        name=name,
        secret_digest=digest(secret),
        scopes=given,
        audience=audience(),
        epoch=actor.factor_epoch,
        expires_at=expires_at,
    )
    _record(actor, "machine_key.taken", authorisation)
    return authorisation, secret


def _check(actor: User, given: Sequence[str]) -> None:
    if not actor.has_second_factor:
        raise NeedsFactor
    if not given:
        raise NothingToGive


def _record(actor: User, verb: str, authorisation: Authorisation) -> None:
    entry = record(
        actor=actor,
        verb=verb,
        subject=authorisation,
        category=Category.ACCOUNTS,
        detail={
            "application_id": authorisation.application_id,
            "scopes": " ".join(authorisation.scopes),
        },
    )
    publish("accounts.sign_in_changed", entry_id=entry.pk)
