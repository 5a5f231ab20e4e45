"""Sending codes, and what the session remembers of the newest."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils import timezone

from accounts.factors.models import CodeFactor
from accounts.factors.queries import (
    CODES,
    address_of,
    code_factors_for,
    new_tries_since,
)
from accounts.factors.services import make_code
from accounts.users.models import User

# Of a code that proves, and of one that adds an address.
PROVING, ADDING = "factor_code", "factor_code_new"
# Seconds over which one network address is counted, whoever it asks for.
BY_ADDRESS = 60


def send_code(
    request: HttpRequest, user: User, *, kind: str, to: str, purpose: str = PROVING
) -> int:
    """Send a code, which takes the place of an earlier one of this session; 0. Where
    too many were asked for, the seconds until another may be; the earlier one goes on
    working then."""
    if wait := _wait(request, user, kind=kind, to=to, purpose=purpose):
        return wait
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
    return 0


def _wait(request: HttpRequest, user: User, *, kind: str, to: str, purpose: str) -> int:
    """Count it; 0, or the seconds to wait. A new password, which shuts out whoever
    asked without end, gives new codes as it gives new tries. A new number may be
    anybody's, so what is sent there is counted for it as well."""
    if not ratelimit.consume(request, action="factor_code"):
        return BY_ADDRESS
    adapter = get_adapter(request)
    way = CODES[CodeFactor.Kind(kind)]
    wait: int = adapter.wait_for_code(
        request,
        kind=way,
        subject=f"user {user.pk} since {new_tries_since(user)}",
        known_to=user.email,
    )
    if not wait and purpose == ADDING:
        wait = adapter.wait_for_code(request, kind=way, subject=f"to {to.lower()}")
    return wait


def send_by(request: HttpRequest, user: User, way: str) -> int:
    """Send a code by "email" or "text", where this session may ask for it; 0. Else the
    seconds to wait."""
    for factor in code_factors_for(request, user):
        if CODES[CodeFactor.Kind(factor.kind)] == way:
            to = address_of(factor)
            return send_code(request, user, kind=factor.kind, to=to)
    return BY_ADDRESS


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
