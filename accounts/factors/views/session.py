"""A proof, put into the session of the request."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from accounts.factors.services import note_proof
from accounts.factors.views.sending import PROVING
from accounts.sessions.models import Ended
from accounts.sessions.queries import is_live
from accounts.sessions.services import end_sessions
from accounts.users.models import User


def prove(request: HttpRequest, user: User, method: str) -> None:
    """Note the proof. A session that is signed in already gets a new id with it
    (portal.sessions), so that one which was planted before is worth nothing."""
    request.session.pop(PROVING, None)
    note_proof(session=request.session, user=user, method=method, at=timezone.now())


def ended_by_guessing(request: HttpRequest) -> HttpResponse | None:
    """After a wrong code or password: None while there are tries left, else the way to
    the page that says why this browser is signed out. What was typed waits there."""
    if is_live(request.session.session_key):
        return None
    session: Any = request.session
    session.end_here(Ended.GUESSING)
    request.user = AnonymousUser()
    way = redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    is_part = "HX-Request" in request.headers
    return HttpResponseClientRedirect(way.url) if is_part else way


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """What the old factors opened elsewhere is over."""
    key = request.session.session_key
    end_sessions(user=user, because=Ended.CREDENTIALS, actor=user, except_key=key)
