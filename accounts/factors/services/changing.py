"""Adding and removing second factors. Every change voids the proofs of before."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django_otp.oath import TOTP
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.models import AuthenticatorApp, CodeFactor
from accounts.factors.permissions import can_use_code_factors, must_have_factor
from accounts.factors.queries import CODES, factors_of
from accounts.factors.services.proving import TOLERANCE, counted_try
from accounts.factors.services.sending import use_sent_code
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


class NotAtWork(Refused):
    sentence = "Working here needs an app or a passkey; codes that we send don't count."


class PasswordFirst(Refused):
    sentence = (
        "Set a password first: without one you sign in by a code to the same mailbox, "
        "and a second one would prove nothing more"
    )


class LastFactor(Refused):
    sentence = "Working here needs a second step. Add another one before this goes."


@transaction.atomic
def add_app(
    *, user: User, key: str, code: str, name: str, now: float
) -> AuthenticatorApp:
    """Add an authenticator app that holds `key` (hex) and has just shown `code`.

    `now` is Unix time. The code is used up by this. Raises WrongFirstCode and TooMany.
    """
    user = _locked(user)
    totp = TOTP(bytes.fromhex(key))
    totp.time = now
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()) or not totp.verify(
        int(digits), tolerance=TOLERANCE
    ):
        raise WrongFirstCode
    app = AuthenticatorApp.objects.create(
        user=user, name=name, key=key, last_step=totp.t()
    )
    _changed(user, "factor.app_added", app)
    return app


@transaction.atomic
def add_passkey(*, user: User, passkey: WebAuthnCredential, name: str) -> None:
    """Name the passkey whose registration was checked, and let it count."""
    user = _locked(user)
    passkey.name = name[:64]
    passkey.confirmed = True
    passkey.save()
    _changed(user, "factor.passkey_added", passkey)


@transaction.atomic
def add_code_factor(
    *, user: User, sent_id: int | None, code: str, at: datetime, session_key: str = ""
) -> CodeFactor | None:
    """Let codes be sent to where `code` went, in the place of an older one of its kind;
    None when it is not the code. A wrong one counts as a try in the session of that
    key.

    Raises NotAtWork for whoever works here, PasswordFirst for a mailbox that would be
    both steps, TooMany and TooManyTries.
    """
    user = _locked(user, most=None)
    if not can_use_code_factors(user, None):
        raise NotAtWork
    if not user.has_usable_password() and _is_mail(user, sent_id):
        raise PasswordFirst
    with counted_try(user=user, at=at, session_key=session_key) as tried:
        compact = "".join(code.split())
        sent = use_sent_code(user=user, sent_id=sent_id, typed=compact, at=at)
        tried.method = CODES[CodeFactor.Kind(sent.kind)] if sent else ""
    if sent is None:
        return None
    is_text = sent.kind == CodeFactor.Kind.TEXT
    factor, _ = CodeFactor.objects.update_or_create(
        user=user,
        kind=sent.kind,
        defaults={"number": sent.to if is_text else "", "rests_until": None},
    )
    _changed(user, f"factor.{tried.method}_added", factor)
    return factor


def _is_mail(user: User, sent_id: int | None) -> bool:
    mails = user.sent_codes.filter(kind=CodeFactor.Kind.EMAIL)
    return sent_id is not None and mails.filter(pk=sent_id).exists()


@transaction.atomic
def remove_code_factor(*, user: User, factor: CodeFactor) -> None:
    """Send no more codes there. What counts for who works here stays."""
    user = _locked(user, most=None)
    verb = f"factor.{CODES[CodeFactor.Kind(factor.kind)]}_removed"
    _delete(factor)
    _changed(user, verb, factor)


@transaction.atomic
def remove_app(*, user: User, app: AuthenticatorApp) -> None:
    """Take an authenticator app away. Raises LastFactor for who must have one."""
    _remove(user, app, "factor.app_removed")


@transaction.atomic
def remove_passkey(*, user: User, passkey: WebAuthnCredential) -> None:
    """Take a passkey away. Raises LastFactor for who must have one."""
    _remove(user, passkey, "factor.passkey_removed")


@transaction.atomic
def reset_factors(*, user: User, verb: str = "factor.reset") -> None:
    """Take all factors away, so that the next sign-in sets up new ones. Ends every
    proof and remembered device; sessions are ended by the caller."""
    user = _locked(user, most=None)
    user.authenticator_apps.all().delete()
    WebAuthnCredential.objects.filter(user=user).delete()
    user.code_factors.all().delete()
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
    _delete(thing)
    _changed(user, verb, thing)


def _delete(thing: Any) -> None:
    """Delete it, and leave its key on the instance for the log."""
    pk = thing.pk
    thing.delete()
    thing.pk = pk


def _changed(user: User, verb: str, thing: Any) -> None:
    """Bring the user's own row up to what there is now, and tell them."""
    left = factors_of(user)
    user.has_second_factor, user.has_code_factor = left.count > 0, bool(left.codes)
    user.factor_epoch += 1
    fields = ["has_second_factor", "has_code_factor", "factor_epoch", "updated_at"]
    user.save(update_fields=fields)
    user.remembered_devices.all().delete()
    if not user.has_second_factor:
        if not user.has_code_factor:
            user.backup_codes.all().delete()
        if user.has_short_password:
            # It was allowed beside an app or a passkey only.
            user.set_unusable_password()
            user.has_short_password = False
            user.save(update_fields=["password", "has_short_password", "updated_at"])
    entry = record(actor=user, verb=verb, subject=user, detail={"id": thing.pk})
    publish("accounts.sign_in_changed", entry_id=entry.pk)
