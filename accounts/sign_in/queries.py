"""Where somebody is signed in."""

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.users.models import User
from foundation.browsers import browser_words


@dataclass(frozen=True)
class SignedIn:
    """One browser in which somebody is signed in. `key` stands for it in forms."""

    key: str
    browser: str
    address: str
    since: datetime
    is_this: bool


def signed_in_places(user: User, session_key: str | None) -> list[SignedIn]:
    """The browsers in which `user` is signed in now, this one first."""
    places = [
        SignedIn(
            key=_public_key(session.session_key),
            browser=browser_words(session.user_agent),
            address=session.ip,
            since=session.created_at,
            is_this=session.session_key == session_key,
        )
        for session in UserSession.objects.purge_and_list(user)
    ]
    places.sort(key=lambda place: place.since, reverse=True)
    return sorted(places, key=lambda place: not place.is_this)


def find_session(user: User, key: str) -> UserSession | None:
    """The session of `user` that a form's `key` stands for."""
    for session in UserSession.objects.filter(user=user):
        if constant_time_compare(_public_key(session.session_key), key):
            return session
    return None


def _public_key(session_key: str) -> str:
    """A session's own key is a password; a page shows only what it hashes to."""
    return salted_hmac("accounts.sign_in", session_key).hexdigest()[:20]
