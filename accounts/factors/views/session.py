"""A proof, put into the session of the request."""

from django.http import HttpRequest
from django.utils import timezone

from accounts.factors.services import note_proof
from accounts.factors.views.sending import PROVING
from accounts.sessions.models import Ended
from accounts.sessions.services import end_sessions
from accounts.users.models import User


def prove(request: HttpRequest, user: User, method: str) -> None:
    """Note the proof. A session that is signed in already gets a new id with it
    (portal.sessions), so that one which was planted before is worth nothing."""
    request.session.pop(PROVING, None)
    note_proof(session=request.session, user=user, method=method, at=timezone.now())


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """What the old factors opened elsewhere is over."""
    key = request.session.session_key
    end_sessions(user=user, because=Ended.CREDENTIALS, actor=user, except_key=key)
