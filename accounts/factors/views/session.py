"""A proof, put into the session of the request."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from accounts.factors.services import note_proof
from accounts.users.models import User


def prove(request: HttpRequest, user: User, method: str) -> None:
    """Note the proof. A session that is signed in already gets a new id, so that one
    which was planted before is worth nothing."""
    note_proof(session=request.session, user=user, method=method, at=timezone.now())
    if request.user.is_authenticated:
        renew(request)


def renew(request: HttpRequest) -> None:
    """Give the session another id; the list of devices follows it."""
    old: Any = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(
        session_key=request.session.session_key
    )
