"""Whose draft it is: the browser's that began it, and nobody else's."""

from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet

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
    """Whether this browser began the draft: the answer for one of `opened_by`."""
    return str(token) in session.get(_KEY, [])


def opened_by(session: SessionBase) -> QuerySet[Draft]:
    """The drafts that this browser began."""
    return Draft.objects.filter(token__in=session.get(_KEY, []))
