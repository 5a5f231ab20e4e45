"""How long sessions last, where somebody is signed in, and why a session ended."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.sessions.models import Device, Ended, Session
from accounts.users.models import Role, User
from accounts.users.permissions import roles_of
from foundation.browsers import browser_words

# The keys under which a session's data says who signed in, when and how.
SIGNED_IN = "signed_in"
USER_ID = "_auth_user_id"
KEPT_FORM = "kept_form"
KEEP = "keep_signed_in"


@dataclass(frozen=True)
class SignedIn:
    """One browser in which somebody is signed in. `key` stands for it in forms."""

    key: str
    browser: str
    address: str | None
    since: datetime
    seen_at: datetime
    is_kept: bool
    is_this: bool


def hash_key(session_key: str) -> str:
    """What is stored of the key in a browser's cookie. The key is random, so a plain
    hash is enough."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def known_device_id(email: str, token: str) -> int | None:
    """The key of the device whose cookie `token` is, if the owner of `email` signed in
    there before. It opens nothing, and tells guesses elsewhere from theirs."""
    if not token:
        return None
    known = Device.objects.filter(user__email__iexact=email, token_hash=hash_key(token))
    return known.values_list("pk", flat=True).first()


def works_here(user: Any) -> bool:
    """Whether the limits of staff hold: for every role but the patient's."""
    return any(role != Role.PATIENT for role, _ in roles_of(user))


def idle_limit(*, is_staff: bool, is_kept: bool) -> timedelta:
    """How long nobody may do anything. Who chose to stay signed in has the whole of
    the absolute limit; staff cannot choose."""
    if is_staff:
        return timedelta(seconds=settings.SESSION_IDLE_SECONDS_STAFF)
    if is_kept:
        return absolute_limit(is_staff=False)
    return timedelta(seconds=settings.SESSION_IDLE_SECONDS_PATIENT)


def absolute_limit(*, is_staff: bool) -> timedelta:
    """How long a session lasts at most, whatever happens in it."""
    if is_staff:
        return timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS_STAFF)
    return timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS_PATIENT)


def ends_at(session: Session) -> datetime:
    """When `session` ends if nobody does anything in it any more."""
    if session.started_at is None or session.seen_at is None:
        return session.expires_at
    idle = idle_limit(is_staff=session.is_staff, is_kept=session.is_kept)
    absolute = session.started_at + absolute_limit(is_staff=session.is_staff)
    return min(session.seen_at + idle, absolute, session.expires_at)


def why_over(session: Session, *, at: datetime) -> str:
    """The reason (see `Ended`) why `session` is over at `at`; "" while it lasts."""
    if session.ended_because:
        return session.ended_because
    if at < ends_at(session):
        return ""
    if session.started_at is None:
        return Ended.ABSOLUTE
    lasted = at - session.started_at
    is_old = lasted >= absolute_limit(is_staff=session.is_staff)
    return Ended.ABSOLUTE if is_old else Ended.IDLE


def is_live(session_key: str | None) -> bool:
    """Whether the session of this key was not ended meanwhile."""
    rows = Session.objects.filter(key_hash=hash_key(session_key or ""))
    return rows.filter(ended_because="").exists()


def live_sessions(user: User, *, at: datetime) -> list[Session]:
    """The sessions of `user` that last, the one used last first."""
    rows = Session.objects.filter(user=user, ended_because="", expires_at__gt=at)
    return [
        row
        for row in rows.order_by("-seen_at", "-pk").defer("session_data")
        if not why_over(row, at=at)
    ]


def signed_in_places(
    user: User, session_key: str | None, *, at: datetime
) -> list[SignedIn]:
    """The browsers in which `user` is signed in at `at`, this one first."""
    this = hash_key(session_key or "")
    places = [
        SignedIn(
            key=str(session.public_id),
            browser=browser_words(session.user_agent),
            address=session.address,
            since=session.started_at,
            seen_at=session.seen_at,
            is_kept=session.is_kept,
            is_this=session.key_hash == this,
        )
        for session in live_sessions(user, at=at)
        if session.started_at and session.seen_at
    ]
    return sorted(places, key=lambda place: not place.is_this)


def who(user: Any) -> str:
    """Stands for `user` in a page, so that it can tell whether the same person is back
    after signing in again. Says nothing to others; "" for visitors."""
    if not user.is_authenticated:
        return ""
    return salted_hmac("accounts.sessions", str(user.pk)).hexdigest()[:20]


def duration_words(length: timedelta) -> str:
    """ "15 minutes", "24 hours", "40 seconds"."""
    seconds = int(length.total_seconds())
    for size, word in ((3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def ended_words(because: str) -> str:
    """What to tell somebody whose session ended, on the page where they sign in."""
    return (
        {
            Ended.IDLE: "You were signed out because nothing was done for a while.",
            Ended.ABSOLUTE: "You were signed out because you had been signed in "
            "for long.",
            Ended.CROWDED: "You were signed out here because you signed in on too many "
            "other devices.",
            Ended.ELSEWHERE: "You were signed out here from another of your devices.",
            Ended.CREDENTIALS: "You were signed out because the way you sign in was "
            "changed. If that was not you, call us.",
            Ended.ROLES: "You were signed out because your role here was changed. "
            "Sign in again to go on.",
            Ended.SUSPENDED: "You were signed out because this account was closed.",
            Ended.GUESSING: "You were signed out here because a wrong code or "
            "password was typed too often. Sign in again to go on.",
        }.get(Ended(because), "")
        if because
        else ""
    )
