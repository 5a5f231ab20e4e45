"""Adding and removing second factors. Every change voids the proofs of before."""

from typing import Any

from django.db import transaction
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.permissions import must_have_factor
from accounts.factors.queries import factors_of
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

_MOST = 10


class WrongFirstCode(Refused):
    sentence = (
        "This is not the code that the app shows now. Check that your phone's clock is "
        "right, wait for the next code and type that"
    )


class TooMany(Refused):
    sentence = "That is enough: remove one that you no longer use first."


class LastFactor(Refused):
    sentence = "Working here needs a second step. Add another one before this goes."


@transaction.atomic
def add_app(*, user: User, key: str, code: str, name: str, now: float) -> TOTPDevice:
    """Add an authenticator app that holds `key` (hex) and has just shown `code`.

    `now` is Unix time. The code is used up by this. Raises WrongFirstCode and TooMany.
    """
    user = _locked(user)
    totp = TOTP(bytes.fromhex(key))
    totp.time = now
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()) or not totp.verify(
        int(digits), tolerance=1
    ):
        raise WrongFirstCode
    device = TOTPDevice.objects.create(
        user=user, name=name, key=key, confirmed=True, last_t=totp.t()
    )
    _changed(user, "factor.app_added", device)
    return device


@transaction.atomic
def add_passkey(*, user: User, passkey: WebAuthnCredential, name: str) -> None:
    """Name the passkey whose registration was checked, and let it count."""
    user = _locked(user)
    passkey.name = name[:64]
    passkey.confirmed = True
    passkey.save()
    _changed(user, "factor.passkey_added", passkey)


@transaction.atomic
def remove_app(*, user: User, device: TOTPDevice) -> None:
    """Take an authenticator app away. Raises LastFactor for who must have one."""
    _remove(user, device, "factor.app_removed")


@transaction.atomic
def remove_passkey(*, user: User, passkey: WebAuthnCredential) -> None:
    """Take a passkey away. Raises LastFactor for who must have one."""
    _remove(user, passkey, "factor.passkey_removed")


@transaction.atomic
def reset_factors(*, user: User, verb: str = "factor.reset") -> None:
    """Take all factors away, so that the next sign-in sets up new ones. Ends every
    proof and remembered device; sessions are ended by the caller."""
    user = _locked(user, most=None)
    TOTPDevice.objects.filter(user=user).delete()
    WebAuthnCredential.objects.filter(user=user).delete()
    _changed(user, verb, user)


def _locked(user: User, most: int | None = _MOST) -> User:
    """The user with the row locked, so that two changes at once see each other."""
    user.factor_epoch = User.objects.select_for_update().get(pk=user.pk).factor_epoch
    if most is not None and factors_of(user).count >= most:
        raise TooMany
    return user


def _remove(user: User, thing: Any, verb: str) -> None:
    user = _locked(user, most=None)
    if must_have_factor(user) and factors_of(user).count <= 1:
        raise LastFactor
    pk = thing.pk
    thing.delete()
    thing.pk = pk
    _changed(user, verb, thing)


def _changed(user: User, verb: str, thing: Any) -> None:
    """Bring the user's own row up to what there is now, and tell them."""
    user.has_second_factor = factors_of(user).count > 0
    user.factor_epoch += 1
    user.save(update_fields=["has_second_factor", "factor_epoch", "updated_at"])
    user.remembered_devices.all().delete()
    if not user.has_second_factor:
        user.backup_codes.all().delete()
        if user.has_short_password:
            # It was allowed beside a factor only; a code by e-mail remains.
            user.set_unusable_password()
            user.has_short_password = False
            user.save(update_fields=["password", "has_short_password", "updated_at"])
    entry = record(actor=user, verb=verb, subject=user, detail={"id": thing.pk})
    publish("accounts.sign_in_changed", entry_id=entry.pk)
