"""What somebody's second factors are, and what a session has proved.

A proof lies in the session: by which method, when, and at which `factor_epoch` of the
user. A session without one is no better than a password.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.models import (
    AuthenticatorApp,
    CodeFactor,
    RememberedDevice,
    Tries,
)
from accounts.factors.permissions import has_factor, must_have_factor
from accounts.users.models import User

PROOF = "factor"
# How old a proof may be for acts that ask for a new one, and for signing: a doctor who
# signs ten prescriptions in a row is asked once.
FRESH, SIGNING = timedelta(minutes=5), timedelta(minutes=15)
# How a code that we sent stands in a proof.
CODES = {CodeFactor.Kind.EMAIL: "email", CodeFactor.Kind.TEXT: "text"}
REMEMBERED_FOR = timedelta(days=30)
_COOKIE_SALT = "accounts.factors.remembered"
_CODE_SALT = "accounts.factors.sent_code"


@dataclass(frozen=True)
class Factors:
    """The second factors of one person. Backup codes are for emergencies: they help
    whoever has another factor, and are none by themselves. `codes` are those that we
    send; they count for patients alone, and not in every session."""

    apps: Sequence[AuthenticatorApp]
    passkeys: Sequence[WebAuthnCredential]
    codes: Sequence[CodeFactor]
    backup_codes_left: int

    @property
    def count(self) -> int:
        """How many count for everybody."""
        return len(self.apps) + len(self.passkeys)

    @property
    def total(self) -> int:
        return self.count + len(self.codes)


def new_tries_since(user: User) -> str:
    """When a new password last gave new tries (ISO 8601, UTC); "" for never."""
    row = Tries.objects.filter(user=user, device=None).first()
    return row.cleared_at.isoformat() if row and row.cleared_at else ""


def factors_of(user: User) -> Factors:
    """All that `user` can prove themselves with, besides the first factor."""
    return Factors(
        apps=list(user.authenticator_apps.order_by("pk")),
        passkeys=list(
            WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("pk")
        ),
        codes=list(user.code_factors.order_by("kind")),
        backup_codes_left=user.backup_codes.filter(used_at=None).count(),
    )


def proof_in(session: Any, user: Any) -> dict[str, Any] | None:
    """The proof that the session holds for `user`, unless their factors have changed
    since, or it is by a code that we sent and they have come to work here."""
    proof: dict[str, Any] | None = session.get(PROOF)
    if proof is None or proof["user"] != str(user.pk):
        return None
    if proof["method"] in CODES.values() and must_have_factor(user):
        return None
    return proof if proof["epoch"] == user.factor_epoch else None


def is_verified(request: HttpRequest) -> bool:
    """Whether this session has proved a second factor, or is on a remembered device."""
    return proof_in(request.session, request.user) is not None


def lacks_factor(request: HttpRequest) -> bool:
    """Whether a factor stands between this session and every page but set-up."""
    user: Any = request.user
    if not user.is_authenticated or is_verified(request):
        return False
    return has_factor(user) or must_have_factor(user)


def is_fresh(request: HttpRequest, within: timedelta = FRESH) -> bool:
    """Whether who sits here has proved within `within` that it is them.

    With a second factor by that factor, and never by a remembered device; without one
    by the password, an e-mailed code or a provider.
    """
    user: Any = request.user
    if not user.is_authenticated:
        return False
    since = (timezone.now() - within).timestamp()
    if has_factor(user):
        proof = proof_in(request.session, user)
        return proof is not None and proof["at"] > since
    records = get_authentication_records(request, user)
    return any(record.get("at", 0) > since for record in records)


# --- Codes that we send ---


def code_factors_for(request: HttpRequest, user: User) -> Sequence[CodeFactor]:
    """The codes that this session may ask for.

    None for whoever works here. A code to the mailbox only where this session knew the
    password: one that was opened by a code to that mailbox, or through an account
    elsewhere that may hang on it, would prove the same thing twice. No texts while the
    clinic sends none.
    """
    if not user.has_code_factor or must_have_factor(user):
        return []
    awake = Q(rests_until=None) | Q(rests_until__lte=timezone.now())
    return [
        factor
        for factor in user.code_factors.filter(awake).order_by("kind")
        if (
            knew_password(request, user)
            if factor.kind == CodeFactor.Kind.EMAIL
            else get_adapter(request).sends_texts()
        )
    ]


@dataclass(frozen=True)
class Ways:
    """How `user` can prove the second step in one session. `codes` may be asked for;
    the others say why one by e-mail may not: the password came through the mailbox, or
    was not asked for."""

    factors: Factors
    codes: Sequence[CodeFactor]
    mail_rests_until: datetime | None
    mail_alone: bool


def ways_for(request: HttpRequest, user: User) -> Ways:
    """The ways of this session, and why one by e-mail is not among them."""
    factors, codes = factors_of(user), code_factors_for(request, user)
    by_kind = {factor.kind: factor for factor in factors.codes}
    mail = by_kind.get(CodeFactor.Kind.EMAIL)
    if mail is None or mail in codes or must_have_factor(user):
        return Ways(factors, codes, None, mail_alone=False)
    knows = knew_password(request, user)
    return Ways(factors, codes, mail.rests_until if knows else None, not knows)


def knew_password(request: HttpRequest, user: User) -> bool:
    """Whether the password of `user` was typed in this session."""
    records = get_authentication_records(request, user)
    return any(record["method"] == "password" for record in records)


def address_of(factor: CodeFactor) -> str:
    """Where its codes go: an e-mail address, or a number in E.164."""
    is_mail = factor.kind == CodeFactor.Kind.EMAIL
    return factor.user.email if is_mail else factor.number


def code_digest(sent_id: Any, code: str) -> str:
    """What is stored of the code of one SentCode: six digits need a keyed hash."""
    return salted_hmac(_CODE_SALT, f"{sent_id}:{code}", algorithm="sha256").hexdigest()


# --- Remembered devices ---


def cookie_names(user: User, prefix: str) -> list[str]:
    """The cookie's name, one for each person who shares a computer; then those that it
    had under the keys before this one, as long as they are kept."""
    names = []
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        whose = salted_hmac(_COOKIE_SALT, str(user.pk), secret=key).hexdigest()
        names.append(f"{prefix}remembered-{whose[:10]}")
    return names


def cookie_value(user: User, token: str) -> str:
    """The token, signed together with the user and the epoch of their factors."""
    value = f"{user.pk}:{user.factor_epoch}:{token}"
    return signing.Signer(salt=_COOKIE_SALT).sign(value)


def remembered_device(user: User, cookie: str, at: datetime) -> RememberedDevice | None:
    """The device that `cookie` stands for, if it still counts for `user`."""
    try:
        value = signing.Signer(salt=_COOKIE_SALT).unsign(cookie)
    except signing.BadSignature:
        return None
    owner, epoch, token = value.split(":", 2)
    if (owner, epoch) != (str(user.pk), str(user.factor_epoch)):
        return None
    return RememberedDevice.objects.filter(
        user=user, digest=digest(token), epoch=user.factor_epoch, expires_at__gt=at
    ).first()


def devices_of(user: User, at: datetime) -> Sequence[RememberedDevice]:
    """The devices on which `user` is not asked again, newest first."""
    return list(
        user.remembered_devices.filter(
            epoch=user.factor_epoch, expires_at__gt=at
        ).order_by("-created_at")
    )


def digest(token: str) -> str:
    """What is stored of a random token. Such a token needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
