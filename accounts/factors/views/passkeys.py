"""What `passkeys.js` talks to. JSON in, JSON out; a challenge works once, for five
minutes, in the session that asked for it."""

import json
import time
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.models import WebAuthnCredential
from django_otp_webauthn.utils import rewrite_exceptions

from accounts.factors.forms import PasskeyNameForm
from accounts.factors.queries import is_fresh
from accounts.factors.services import add_passkey, prove_passkey
from accounts.factors.views.session import prove
from accounts.factors.views.set_up import after_adding
from accounts.factors.views.sign_in import wanted
from accounts.factors.views.stage import waiting
from accounts.users.models import User
from foundation import doors
from foundation.errors import Refused

_STATE = "passkey"
_LASTS = 5 * 60
NOT_KNOWN = "This passkey doesn't open an account here. Try another way of signing in"


def _begin(request: HttpRequest, purpose: str, state: dict[str, Any]) -> None:
    request.session[_STATE] = {"for": purpose, "at": time.time(), **state}


def _state(request: HttpRequest, purpose: str) -> dict[str, Any] | None:
    """The challenge that was given out for `purpose`; gone after this look."""
    state: dict[str, Any] | None = request.session.pop(_STATE, None)
    request.session.save()
    if state is None or state["for"] != purpose:
        return None
    return state if time.time() - state["at"] < _LASTS else None


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _refusal(sentence: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"problem": sentence}, status=status)


def _known(request: HttpRequest) -> User | None:
    """Who is signed in, or has proved the first factor; None for a visitor."""
    if isinstance(request.user, User):
        return request.user
    stage = waiting(request)
    user: User | None = stage.login.user if stage else None
    return user


def _helper(request: HttpRequest) -> Any:
    return WebAuthnCredential.get_webauthn_helper(request=request)


@doors.everybody("sign-in", "use a passkey", doors.POST)
@never_cache
def begin(request: HttpRequest) -> JsonResponse:
    """A challenge: to a visitor for whatever passkey they have, else for one's own."""
    if not ratelimit.consume(request, action="factor"):
        return _refusal("Too many tries. Wait a few minutes, then try again", 429)
    user = _known(request)
    data, state = _helper(request).authenticate_begin(
        user=user, require_user_verification=True
    )
    _begin(request, f"user {user.pk}" if user else "anybody", state)
    return JsonResponse(data)


@doors.everybody("sign-in", "use a passkey", doors.POST)
@never_cache
def prove_it(request: HttpRequest) -> JsonResponse:
    """Check the answer. Signs a visitor in, ends the second step, or freshens the
    proof of who is signed in; `url` says where to go then ("" is: stay)."""
    user = _known(request)
    state = _state(request, f"user {user.pk}" if user else "anybody")
    if state is None:
        return _refusal("That took too long. Try again")
    try:
        with rewrite_exceptions(), transaction.atomic():
            passkey = _helper(request).authenticate_complete(
                user=user, state=state, data=_sent(request)
            )
    except OTPWebAuthnApiError:
        return _refusal(NOT_KNOWN, 403)
    owner: User = passkey.user
    if not passkey.confirmed or not owner.is_active:
        return _refusal(NOT_KNOWN, 403)
    prove(request, owner, prove_passkey(user=owner, passkey=passkey))
    if request.user.is_authenticated:
        return JsonResponse({"url": ""})
    record_authentication(request, owner, method="passkey")
    stage = waiting(request)
    if user is not None and stage is not None:
        return JsonResponse({"url": stage.exit()["Location"]})
    login = Login(user=owner, email=owner.email, redirect_url=wanted(request) or None)
    return JsonResponse({"url": perform_login(request, login)["Location"]})


@doors.signed_in("own factors", "add", doors.POST)
@never_cache
def register_begin(request: HttpRequest) -> JsonResponse:
    """A challenge for a new passkey, for who has just proved themselves."""
    user: Any = request.user
    if not is_fresh(request):
        return _refusal("Load this page again to confirm that it is you", 403)
    data, state = _helper(request).register_begin(user=user)
    _begin(request, f"new for {user.pk}", state)
    return JsonResponse(data)


@doors.signed_in("own factors", "add", doors.POST)
@never_cache
def register(request: HttpRequest) -> JsonResponse:
    """Keep a new passkey."""
    user: Any = request.user
    state = _state(request, f"new for {user.pk}")
    sent = _sent(request)
    name = PasskeyNameForm({"name": sent.pop("name", "")})
    if state is None or not user.is_authenticated:
        return _refusal("That took too long. Load this page again")
    if not name.is_valid():
        return _refusal("Give the passkey a name")
    try:
        with rewrite_exceptions(), transaction.atomic():
            passkey = _helper(request).register_complete(
                user=user, state=state, data=sent
            )
            add_passkey(user=user, passkey=passkey, name=name.cleaned_data["name"])
    except OTPWebAuthnApiError:
        return _refusal("The browser's answer does not fit. Try again")
    except Refused as refusal:
        return _refusal(str(refusal))
    response = after_adding(request, user, "passkey")
    return JsonResponse({"url": response["Location"]})
