"""Whose draft it is: the browser's that began it, and nobody else's."""

from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q, QuerySet

from accounts.patients.permissions import acted_on_by
from accounts.proxies.models import Scope
from booking.drafts.models import Draft

# Survives signing in, which changes the session's key and keeps what it holds.
_KEY = "drafts"
MOST = 10


def remember(session: SessionBase, token: UUID) -> None:
    """Let this browser open the draft. Beyond ten, the oldest are forgotten."""
    known = session.get(_KEY, [])
    if str(token) not in known:
        session[_KEY] = [*known, str(token)][-MOST:]


def opens(session: SessionBase, token: UUID) -> bool:
    """Whether this browser began the draft: the answer for one of `opened_by`, but for
    whom the draft is for, which `choose_time` asks."""
    return str(token) in session.get(_KEY, [])


def opened_by(session: SessionBase, user: Any) -> QuerySet[Draft]:
    """The drafts that this browser began; of those for another patient only while
    `user` may book for them."""
    began = Draft.objects.filter(token__in=session.get(_KEY, []))
    may = acted_on_by(user, Scope.BOOK)
    return began.filter(Q(for_patient=None) | Q(for_patient__in=may))
