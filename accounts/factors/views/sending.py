"""Sending codes, and what the session remembers of the newest."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils import timezone

from accounts.factors.models import CodeFactor
from accounts.factors.queries import CODES, address_of, code_factors_for
from accounts.factors.services import make_code
from accounts.users.models import User

# Of a code that proves, and of one that adds an address.
PROVING, ADDING = "factor_code", "factor_code_new"


def send_code(
    request: HttpRequest, user: User, *, kind: str, to: str, purpose: str = PROVING
) -> bool:
    """Send a code, which takes the place of an earlier one of this session. False where
    too many were asked for; the earlier one goes on working then."""
    if not all(
        ratelimit.consume(request, action="factor_code", key=key)
        for key in _counted_as(request, user, to, purpose)
    ):
        return False
    sent, code = make_code(user=user, kind=kind, to=to, at=timezone.now())
    get_adapter(request).send_factor_code(
        user=user,
        code=code,
        ends_at=sent.expires_at,
        number=to if kind == CodeFactor.Kind.TEXT else "",
    )
    request.session[purpose] = {
        "id": sent.pk,
        "way": CODES[CodeFactor.Kind(kind)],
        "to": to,
        "until": sent.expires_at.timestamp(),
    }
    return True


def _counted_as(
    request: HttpRequest, user: User, to: str, purpose: str
) -> tuple[str, ...]:
    """Who is signed in is counted by session: whoever sits in a stolen one does not use
    up the codes that its owner needs for signing in. A new number may be anybody's."""
    if not request.user.is_authenticated:
        return f"user {user.pk}", f"to {to.lower()}"
    session = f"session {request.session.session_key}"
    return (session, f"to {to.lower()}") if purpose == ADDING else (session,)


def send_by(request: HttpRequest, user: User, way: str) -> bool:
    """Send a code by "email" or "text", where this session may ask for it. False where
    it may not, or has asked too often."""
    for factor in code_factors_for(request, user):
        if CODES[CodeFactor.Kind(factor.kind)] == way:
            to = address_of(factor)
            return send_code(request, user, kind=factor.kind, to=to)
    return False


def send_the_only_one(request: HttpRequest, user: User) -> None:
    """Who has one way and no other need not ask for the code."""
    codes = code_factors_for(request, user)
    if len(codes) == 1 and not user.has_second_factor:
        send_by(request, user, CODES[CodeFactor.Kind(codes[0].kind)])


def sent_code(request: HttpRequest, purpose: str = PROVING) -> dict[str, Any] | None:
    """What is known of the newest code, while it works: "id", "way", "to"."""
    state: dict[str, Any] | None = request.session.get(purpose)
    if state is None or state["until"] <= timezone.now().timestamp():
        return None
    return state


def sent_id(request: HttpRequest) -> int | None:
    """The key of the newest code that this session was sent to prove itself."""
    state = sent_code(request)
    return state["id"] if state else None
