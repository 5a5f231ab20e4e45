"""Second factors, for tests: browsers that have proved one, and codes of an app."""

import hashlib
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from accounts.factors.services import note_proof
from accounts.models import AuthenticatorApp, User
from portal.sessions import SessionStore


class VerifiedClient(Client):
    """Signs people in with the second factor proved just now."""

    def _login(self, user: Any, backend: str | None = None) -> None:
        """As Django's, and with a proof in the session, as an app would leave it."""
        if settings.SESSION_COOKIE_NAME in self.cookies:
            super()._login(user, backend)  # type: ignore[misc]
            session = self.session
            _prove(session, user)
            keep(self, session)
            return
        # A browser without a session gets one that is written once, not four times. Its
        # key was never given out, so it need not be changed.
        request = HttpRequest()
        session = request.session = SessionStore()
        _prove(session, user)
        session._session_key = session._get_new_session_key()
        session.cycle_key = _keep_key
        login(request, user, backend)
        session.save(must_create=True)
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key


def _keep_key() -> None:
    pass


def _prove(session: Any, user: Any) -> None:
    note_proof(session=session, user=user, method="app", at=timezone.now())
    note_first_factor(session, user)


def note_first_factor(session: Any, user: Any) -> None:
    """As allauth notes a password, typed just now."""
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time()}
    ]
    session["account_authentication_methods_user"] = str(user.pk)


def with_app(user: User) -> AuthenticatorApp:
    """Give `user` an authenticator app with a secret of their own."""
    key = hashlib.sha1(user.email.encode(), usedforsecurity=False).hexdigest()
    app = AuthenticatorApp.objects.create(user=user, name="My phone", key=key)
    user.has_second_factor = True
    user.save(update_fields=["has_second_factor"])
    return app


def code_of(app: AuthenticatorApp, *, steps: int = 0) -> str:
    """What the app shows now, or `steps` half minutes later."""
    totp = TOTP(app.secret)
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06d}"


def keep(client: Client, session: Any) -> None:
    """Save what a test put into its browser's session. A proof that was changed moves
    the session to a new key, which the browser gets as it would with an answer."""
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
