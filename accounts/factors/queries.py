"""What somebody's second factors are, and what a session has proved.

A proof lies in the session: by which method, when, and at which `factor_epoch` of the
user. A session without one is no better than a password.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.models import RememberedDevice
from accounts.factors.permissions import must_have_factor
from accounts.users.models import User

PROOF = "factor"
# How old a proof may be for acts that ask for a new one, and for signing: a doctor who
# signs ten prescriptions in a row is asked once.
FRESH, SIGNING = timedelta(minutes=5), timedelta(minutes=15)
REMEMBERED_FOR = timedelta(days=30)
_COOKIE_SALT = "accounts.factors.remembered"


@dataclass(frozen=True)
class Factors:
    """The second factors of one person. Backup codes are for emergencies: they help
    whoever has another factor, and are none by themselves."""

    apps: Sequence[TOTPDevice]
    passkeys: Sequence[WebAuthnCredential]
    backup_codes_left: int

    @property
    def count(self) -> int:
        return len(self.apps) + len(self.passkeys)


def factors_of(user: User) -> Factors:
    """All that `user` can prove themselves with, besides the first factor."""
    return Factors(
        apps=list(TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk")),
        passkeys=list(
            WebAuthnCredential.objects.filter(user=user, confirmed=True).order_by("pk")
        ),
        backup_codes_left=user.backup_codes.filter(used_at=None).count(),
    )


def proof_in(session: Any, user: Any) -> dict[str, Any] | None:
    """The proof that the session holds for `user`, unless their factors have changed
    since."""
    proof: dict[str, Any] | None = session.get(PROOF)
    if proof is None or proof["user"] != str(user.pk):
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
    return user.has_second_factor or must_have_factor(user)


def is_fresh(request: HttpRequest, within: timedelta = FRESH) -> bool:
    """Whether who sits here has proved within `within` that it is them.

    With a second factor by that factor, and never by a remembered device; without one
    by the password, an e-mailed code or a provider.
    """
    user: Any = request.user
    if not user.is_authenticated:
        return False
    since = (timezone.now() - within).timestamp()
    if user.has_second_factor:
        proof = proof_in(request.session, user)
        return proof is not None and proof["at"] > since
    records = get_authentication_records(request, user)
    return any(record.get("at", 0) > since for record in records)


# --- Remembered devices ---


def cookie_name(user: User, prefix: str) -> str:
    """The cookie's name: one for each person who shares a computer."""
    return (
        f"{prefix}remembered-{salted_hmac(_COOKIE_SALT, str(user.pk)).hexdigest()[:10]}"
    )


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
