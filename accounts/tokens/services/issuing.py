"""The token endpoint's deeds: from a code, a refresh token or a machine's secret to an
access token.

What was used up is locked, so of two who bring the same at once one gets tokens, and
the other ends the authorisation for both: nobody can tell which of them is the thief.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.applications.models import Application
from accounts.tokens.models import AccessToken, Authorisation, Over, RefreshToken
from accounts.tokens.queries import ACCESS_LASTS, digest, is_good
from accounts.tokens.services.ending import end_authorisation
from audit.entries.models import Category
from audit.services import record


class NotGranted(Exception):
    """No tokens for this. Why is not told: it would help only whoever guesses."""


@dataclass(frozen=True)
class Issued:
    """Tokens, to be shown this once. A machine gets no refresh token."""

    access_token: str
    seconds: int
    scopes: Sequence[str]
    refresh_token: str = ""


def redeem_code(
    *,
    application: Application,
    code: str,
    verifier: str,
    redirect_uri: str,
    at: datetime,
) -> Issued:
    """Exchange a code, once. Raises NotGranted when it is another application's, too
    old, asked for at another address or by who doesn't know its verifier; whoever
    brings one that was used ends what it had opened."""
    with transaction.atomic():
        found = _locked(code_digest=digest(code), application=application)
        if found is not None and found.code_used_at is not None:
            end_authorisation(actor=None, authorisation=found, because=Over.REUSED)
            found = None
        issued = None
        if found is not None and _fits(found, verifier, redirect_uri, at):
            found.code_used_at = at
            found.save(update_fields=["code_used_at", "updated_at"])
            issued = _issue(found, at, verb="token.issued", refreshes=True)
    return _or_nothing(issued)


def refresh(
    *, application: Application, token: str, scopes: Sequence[str] | None, at: datetime
) -> Issued:
    """Exchange a refresh token, once, for the same scopes: `scopes`, where given, must
    name them exactly. Raises NotGranted; one that was used ends the authorisation."""
    with transaction.atomic():
        known = (
            RefreshToken.objects.filter(digest=digest(token))
            .values_list("pk", "authorisation_id")
            .first()
        )
        found = known and _locked(pk=known[1], application=application)
        issued = None
        if known and found:
            is_first = RefreshToken.objects.filter(pk=known[0], used_at=None)
            if not is_good(found, at=at) or _differ(scopes, found.scopes):
                found = None
            elif is_first.update(used_at=at):
                issued = _issue(found, at, verb="token.refreshed", refreshes=True)
            else:
                end_authorisation(actor=None, authorisation=found, because=Over.REUSED)
    return _or_nothing(issued)


def issue_to_machine(
    *, key: str, secret: str, scopes: Sequence[str] | None, at: datetime
) -> Issued:
    """An access token for a machine that shows its key's id and secret. Raises
    NotGranted."""
    with transaction.atomic():
        found = _locked(secret_digest=digest(secret))
        issued = None
        if (
            found is not None
            and str(found.public_id) == _as_id(key)
            and is_good(found, at=at)
            and not _differ(scopes, found.scopes)
        ):
            issued = _issue(found, at, verb="token.issued", refreshes=False)
    return _or_nothing(issued)


def _as_id(key: str) -> str:
    try:
        return str(UUID(key))
    except ValueError:
        return ""


def _locked(**which: object) -> Authorisation | None:
    return (
        Authorisation.objects.select_for_update(of=("self",))
        .select_related("user", "application")
        .filter(**which)
        .first()
    )


def _fits(found: Authorisation, verifier: str, uri: str, at: datetime) -> bool:
    sent = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(sent).rstrip(b"=").decode()
    return (
        found.code_expires_at is not None
        and at < found.code_expires_at
        and secrets.compare_digest(found.code_challenge, challenge)
        and found.redirect_uri == uri
        and is_good(found, at=at)
    )


def _differ(asked: Sequence[str] | None, held: Sequence[str]) -> bool:
    """Scopes are matched as they are written; fewer or others need a new yes."""
    return asked is not None and sorted(asked) != sorted(held)


def _issue(found: Authorisation, at: datetime, *, verb: str, refreshes: bool) -> Issued:
    expires_at = min(at + ACCESS_LASTS, found.expires_at)
    access_token = f"mc_access_{secrets.token_urlsafe(32)}"
    AccessToken.objects.create(
        authorisation=found, digest=digest(access_token), expires_at=expires_at
    )
    refresh_token = ""
    if refreshes:
        refresh_token = f"mc_refresh_{secrets.token_urlsafe(32)}"
        RefreshToken.objects.create(authorisation=found, digest=digest(refresh_token))
    record(actor=found.user, verb=verb, subject=found, category=Category.ACCOUNTS)
    seconds = int((expires_at - at).total_seconds())
    return Issued(access_token, seconds, found.scopes, refresh_token)


def _or_nothing(issued: Issued | None) -> Issued:
    """Raised after the transaction: what a reuse ended stays ended."""
    if issued is None:
        raise NotGranted
    return issued
