"""Starting, keeping alive and ending sessions. The rows are written by the session
store (portal/sessions.py); here stands what happens to them."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.cms_access.services import end_cms_sessions
from accounts.sessions.models import Device, Ended, Session
from accounts.sessions.queries import (
    KEEP,
    KEPT_FORM,
    SIGNED_IN,
    hash_key,
    idle_limit,
    live_sessions,
    works_here,
)
from accounts.tokens.services import end_authorisations
from accounts.users.models import User
from audit.services import record
from foundation.events import publish

# How long a session that ended remembers why, and a form that could not be sent waits.
REMEMBERED = timedelta(days=1)
FORM_WAITS = timedelta(hours=1)
LONGEST_FORM = 50_000
# Wrong codes or passwords in a row, where a session is asked who sits there.
MOST_WRONG_PROOFS = 5
# What is never kept, even for the person who typed it.
SECRET_FIELDS = ("csrfmiddlewaretoken", "password", "code", "otp", "token", "secret")


@dataclass(frozen=True)
class Origin:
    """Where somebody signs in from. `device_token` is what their browser brought, if
    anything."""

    address: str | None
    user_agent: str
    device_token: str


@transaction.atomic
def begin_session(
    session: SessionBase, *, user: User, origin: Origin, at: datetime
) -> str:
    """Note in the session's data who signed in, when and where; return the token by
    which the browser is recognised.

    Ends the user's longest unused sessions above SESSIONS_AT_ONCE. Publishes
    accounts.device_added when somebody who has signed in before does so in a browser
    that they never used.
    """
    device, token = _recognise(user, origin, at)
    is_staff = works_here(user)
    session[SIGNED_IN] = {
        "user": user.pk,
        "at": at.timestamp(),
        "is_staff": is_staff,
        "is_kept": bool(session.pop(KEEP, False)) and not is_staff,
        "address": origin.address,
        "user_agent": origin.user_agent[:300],
        "device": device.pk,
    }
    _make_room(user, session.session_key, at)
    return token


def _recognise(user: User, origin: Origin, at: datetime) -> tuple[Device, str]:
    seen = {
        "last_seen_at": at,
        "address": origin.address,
        "user_agent": origin.user_agent[:300],
    }
    if origin.device_token:
        digest = _digest(origin.device_token)
        found = Device.objects.filter(user=user, token_hash=digest).first()
        if found is not None:
            Device.objects.filter(pk=found.pk).update(**seen)
            return found, origin.device_token
    is_first = not Device.objects.filter(user=user).exists()
    # Two people at one computer share its token, but not what is known of it.
    token = origin.device_token if len(origin.device_token) == 43 else ""
    token = token or secrets.token_urlsafe(32)
    device = Device.objects.create(
        user=user, token_hash=_digest(token), first_seen_at=at, **seen
    )
    if not is_first:
        publish("accounts.device_added", device_id=device.pk)
    return device, token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _make_room(user: User, session_key: str | None, at: datetime) -> None:
    this = hash_key(session_key or "")
    others = [row for row in live_sessions(user, at=at) if row.key_hash != this]
    surplus = others[max(settings.SESSIONS_AT_ONCE - 1, 0) :]
    _end([row.pk for row in surplus], Ended.CROWDED)


def note_activity(session: Session, *, at: datetime) -> None:
    """Its user did something at `at`. Written at most every half a minute, so that
    reading a page seldom costs a write; much oftener where the limit is short."""
    if session.seen_at is None:
        return
    limit = idle_limit(is_staff=session.is_staff, is_kept=session.is_kept)
    if at - session.seen_at < min(timedelta(seconds=30), limit / 30):
        return
    # Never an older time over a newer one: two requests may finish in either order.
    Session.objects.filter(pk=session.pk, ended_because="", seen_at__lt=at).update(
        seen_at=at
    )
    session.seen_at = at


@transaction.atomic
def end_sessions(
    *,
    user: User,
    because: str,
    actor: User | None = None,
    except_key: str | None = None,
) -> int:
    """End every session of `user`, in all browsers and the CMS at once, and whatever
    apps and machines do in their name; return how many sessions of the site's.

    `except_key` is the key of the session in which the user does it themselves. Takes
    effect with the caller's transaction: the next request of an ended session is
    nobody's.
    """
    rows = Session.objects.filter(user=user, ended_because="")
    if except_key:
        rows = rows.exclude(key_hash=hash_key(except_key))
    ended = _end(list(rows.values_list("pk", flat=True)), because)
    end_cms_sessions(user=user)
    end_authorisations(user=user, actor=actor)
    if ended:
        record(
            actor=actor,
            verb="session.ended",
            subject=user,
            detail={"because": str(because), "count": ended},
        )
    return ended


@transaction.atomic
def end_session(*, actor: User, session: Session) -> None:
    """End one of one's own sessions from another browser.

    From which of them the CMS was entered is not kept, so it is left for good measure.
    """
    end_cms_sessions(user=actor)
    if _end([session.pk], Ended.ELSEWHERE):
        record(
            actor=actor,
            verb="session.ended",
            subject=actor,
            detail={"because": str(Ended.ELSEWHERE), "count": 1},
        )


@transaction.atomic
def note_wrong_proof(*, user: User, session_key: str) -> None:
    """A code or password that `user` was asked for in a session of theirs was wrong.

    The fifth in a row ends the session, where it may be a thief who guesses, and every
    browser is asked for the second step again. Nothing is counted that would hold up
    the owner elsewhere. Publishes accounts.sign_in_changed then.
    """
    rows = Session.objects.filter(key_hash=hash_key(session_key), ended_because="")
    row = rows.select_for_update().first()
    if row is None:
        return
    row.wrong_proofs += 1
    row.save(update_fields=["wrong_proofs"])
    if row.wrong_proofs < MOST_WRONG_PROOFS:
        return
    _end([row.pk], Ended.GUESSING)
    # From which of them the CMS was entered is not kept.
    end_cms_sessions(user=user)
    user.remembered_devices.all().delete()
    entry = record(
        actor=user,
        verb="session.guessed",
        subject=user,
        detail={"because": str(Ended.GUESSING), "count": 1},
    )
    publish("accounts.sign_in_changed", entry_id=entry.pk)


def _end(ids: Iterable[int], because: str) -> int:
    return Session.objects.filter(pk__in=ids, ended_because="").update(
        ended_because=because, session_data=""
    )


def choose_length(session: SessionBase, *, keep: bool) -> None:
    """A patient's word on whether to stay signed in on this device."""
    signed_in = session.get(SIGNED_IN)
    if signed_in and not signed_in["is_staff"]:
        session[SIGNED_IN] = signed_in | {"is_kept": keep}


def keep_form(
    session: SessionBase,
    *,
    user_id: int,
    path: str,
    fields: list[tuple[str, str]],
    at: datetime,
) -> bool:
    """Keep a form that arrived after its user's session had ended, for that user alone,
    until they have signed in again; whether it was kept. It waits on the server, for an
    hour at most; passwords, codes and files are never kept."""
    wanted = [
        (name, value)
        for name, value in fields
        if not any(secret in name.lower() for secret in SECRET_FIELDS)
    ]
    if not wanted or sum(len(n) + len(v) for n, v in wanted) > LONGEST_FORM:
        return False
    session[KEPT_FORM] = {
        "user": user_id,
        "path": path,
        "fields": wanted,
        "at": at.timestamp(),
    }
    return True


def kept_form(
    session: SessionBase, *, user: Any, at: datetime
) -> dict[str, Any] | None:
    """The form that waits for `user`, if there is one; another person's is dropped."""
    form: dict[str, Any] | None = session.get(KEPT_FORM)
    if form is None:
        return None
    is_late = at.timestamp() - form["at"] > FORM_WAITS.total_seconds()
    if form["user"] != user.pk or is_late:
        del session[KEPT_FORM]
        return None
    return form


def drop_form(session: SessionBase) -> None:
    """Forget the form that waits."""
    session.pop(KEPT_FORM, None)


def sweep_sessions(*, at: datetime) -> int:
    """Delete sessions that are long over, and empty those that ended by themselves;
    return how many rows are gone."""
    gone, _ = Session.objects.filter(expires_at__lt=at - REMEMBERED).delete()
    shortest = min(
        settings.SESSION_IDLE_SECONDS_STAFF, settings.SESSION_IDLE_SECONDS_PATIENT
    )
    unused = Session.objects.filter(
        ended_because="", seen_at__lt=at - timedelta(seconds=shortest)
    )
    over = [row for row in unused.defer("session_data") if not _lasts(row, at)]
    _end([row.pk for row in over], Ended.IDLE)
    return gone


def _lasts(session: Session, at: datetime) -> bool:
    limit = idle_limit(is_staff=session.is_staff, is_kept=session.is_kept)
    return session.seen_at is not None and at < session.seen_at + limit
