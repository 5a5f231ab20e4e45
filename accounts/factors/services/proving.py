"""Proving a second factor."""

import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_otp.oath import TOTP
from django_otp_webauthn.models import WebAuthnCredential

from accounts.factors.models import MOST_TRIES, AuthenticatorApp, Tries
from accounts.factors.queries import PROOF
from accounts.factors.services.backup import use_backup_code
from accounts.factors.services.sending import method_of_sent_code
from accounts.sessions.queries import is_live
from accounts.sessions.services import note_wrong_proof
from accounts.users.models import User
from audit.entries.models import Outcome
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

# RFC 6238, 5.2: one half minute either way, for clocks that differ.
TOLERANCE = 1
# How often guesses are told, and how often a new password gives new tries.
ONCE_IN = timedelta(days=1)


class TooManyTries(Refused):
    sentence = "Too many wrong codes. Wait a quarter of an hour, then try again"


@transaction.atomic
def prove_code(
    *,
    user: User,
    code: str,
    at: datetime,
    sent_id: int | None = None,
    session_key: str = "",
    device_id: int | None = None,
) -> str:
    """The method that `code` proves: "app", "backup", or with `sent_id`, the code that
    this session was sent, "email" or "text"; "" when it proves nothing.

    A code works once. Codes of an app count for their half minute and the ones before
    and after. `session_key` is that of the session in which it is typed, where the user
    is signed in; `device_id` that of the user's own browser, where somebody signs in
    and they have done so in it before. Raises TooManyTries while one has to wait there.
    """
    with counted_try(
        user=user, at=at, session_key=session_key, device_id=device_id
    ) as tried:
        tried.method = _method(user, code, at, sent_id)
    return tried.method


@transaction.atomic
def prove_password(
    *, user: User, password: str, session_key: str, at: datetime
) -> bool:
    """Whether that is the user's password, typed where they are signed in.

    Counted in that session alone: whoever sits there uses up nothing of what its owner
    has for signing in. Raises TooManyTries where the session has ended meanwhile.
    """
    with counted_try(user=user, at=at, session_key=session_key) as tried:
        tried.method = "password" if user.check_password(password) else ""
        tried.kind = "password"
    return bool(tried.method)


@transaction.atomic
def note_wrong_code(*, user: User, session_key: str, at: datetime) -> None:
    """A code that we mailed to who has no second factor was wrong. Raises TooManyTries
    where the session has ended meanwhile."""
    with counted_try(user=user, at=at, session_key=session_key):
        pass


@dataclass
class Tried:
    """How a try ended: `method` is "" until it is known to be right."""

    method: str = ""
    kind: str = "code"


@contextmanager
def counted_try(
    *, user: User, at: datetime, session_key: str = "", device_id: int | None = None
) -> Iterator[Tried]:
    """One try, alone: the user's row of tries is locked meanwhile.

    A wrong one is counted where it was typed: signed in, in the session, which ends
    with the fifth; signing in, in the browser, if its user knows it, and for all
    unknown ones together, where they wait then. So nobody who has stolen a session or
    a password uses up what its owner has elsewhere. Raises TooManyTries while one has
    to wait there, or where the session is over. The caller is in a transaction that is
    not rolled back for a wrong code.
    """
    Tries.objects.get_or_create(user=user, device=None)
    elsewhere = Tries.objects.select_for_update().get(user=user, device=None)
    tries = elsewhere
    if device_id is not None:
        tries, _ = Tries.objects.get_or_create(user=user, device_id=device_id)
    # Looked at behind the lock: of many at once, no more than five are tried.
    if not is_live(session_key) if session_key else tries.are_used_up(at):
        raise TooManyTries
    tried = Tried()
    yield tried
    verb = "factor.proved" if tried.method else "factor.refused"
    method = tried.method or tried.kind
    record(actor=user, verb=verb, subject=user, detail={"method": method})
    if session_key:
        if not tried.method:
            note_wrong_proof(user=user, session_key=session_key)
        return
    if tried.method:
        tries.failed, tries.since = 0, None
    else:
        if tries.are_over(at):
            tries.failed, tries.since = 0, at
        tries.failed += 1
    tries.save(update_fields=["failed", "since"])
    if tries.failed == MOST_TRIES:
        _tell_of_guesses(user, elsewhere, at)


def _tell_of_guesses(user: User, tries: Tries, at: datetime) -> None:
    """Whoever guesses here has passed the first step, so knows the password or reads
    the mail. Publishes accounts.sign_in_changed, once in a day: guessing goes on."""
    if tries.told_at is not None and at < tries.told_at + ONCE_IN:
        return
    tries.told_at = at
    tries.save(update_fields=["told_at"])
    entry = record(
        actor=None,
        verb="factor.guessed",
        subject=user,
        detail={"user_id": user.pk, "count": MOST_TRIES},
        outcome=Outcome.REFUSED,
    )
    publish("accounts.sign_in_changed", entry_id=entry.pk)


@transaction.atomic
def give_new_tries(*, user: User, at: datetime) -> None:
    """A new password shuts out whoever guessed with the old one, so its owner need not
    wait. Once in a day: a stolen mailbox, which sets passwords, gives few tries."""
    Tries.objects.get_or_create(user=user, device=None)
    tries = Tries.objects.select_for_update().get(user=user, device=None)
    if tries.cleared_at is not None and at < tries.cleared_at + ONCE_IN:
        return
    tries.failed, tries.since, tries.cleared_at = 0, None, at
    tries.save(update_fields=["failed", "since", "cleared_at"])


def _method(user: User, code: str, at: datetime, sent_id: int | None) -> str:
    compact = re.sub(r"[\s-]", "", code)
    if re.fullmatch(r"[0-9]{6}", compact):
        apps = user.authenticator_apps.order_by("pk")
        if any(_takes(app, compact, at) for app in apps):
            return "app"
        return method_of_sent_code(user=user, sent_id=sent_id, typed=compact, at=at)
    return "backup" if use_backup_code(user=user, typed=compact, at=at) else ""


def _takes(app: AuthenticatorApp, code: str, at: datetime) -> bool:
    """Whether `app` shows `code` within a step of `at`, and neither it nor a later one
    was used. Uses it up."""
    totp = TOTP(app.secret)
    totp.time = at.timestamp()
    if not totp.verify(int(code), tolerance=TOLERANCE, min_t=app.last_step + 1):
        return False
    app.last_step, app.last_used_at = totp.t(), at
    app.save(update_fields=["last_step", "last_used_at", "updated_at"])
    return True


@transaction.atomic
def prove_passkey(*, user: User, passkey: WebAuthnCredential) -> str:
    """Record that `user` has used a passkey, whose signature was checked."""
    record(
        actor=user,
        verb="factor.proved",
        subject=user,
        detail={"method": "passkey", "passkey_id": passkey.pk},
    )
    return "passkey"


def note_proof(
    *,
    session: MutableMapping[str, Any],
    user: User,
    method: str,
    at: datetime | None,
) -> None:
    """Keep the proof in the session. `at` None: it counts for pages, and is never new
    enough for what asks for a fresh one."""
    session[PROOF] = {
        "user": str(user.pk),
        "method": method,
        "at": at.timestamp() if at else 0,
        "epoch": user.factor_epoch,
    }
