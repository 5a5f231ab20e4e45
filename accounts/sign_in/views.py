"""What this house adds around allauth's sign-in: freshness, devices, a clean leave."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.usersessions.internal.flows.sessions import (
    end_other_sessions,
    end_sessions,
)
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.cms_access.services import end_cms_sessions
from accounts.sign_in.forms import IdentityForm
from accounts.sign_in.queries import find_session, signed_in_places
from accounts.users.models import User
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors

View = Callable[..., HttpResponseBase]
CODE = "identity_code"
ATTEMPTS = 3


def freshly_signed_in(view: View) -> View:
    """Lets somebody through who proved within five minutes that it is them; others
    prove it first and come back. Guards what a thief of an open browser would want."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = signed_in_user(request)
        if _is_fresh(request, user):
            return view(request, *args, **kwargs)
        # Without a password the proof is a code by e-mail.
        name = "account_confirm_identity"
        if user.has_usable_password():
            name = "account_reauthenticate"
        return redirect(f"{reverse(name)}?{urlencode({'next': request.path})}")

    return guarded


def _is_fresh(request: HttpRequest, user: User) -> bool:
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, user)
    return any(record.get("at", 0) > since for record in records)


@doors.signed_in("own account", "prove it is you", doors.FORM)
@never_cache
def confirm_identity(request: HttpRequest) -> HttpResponseBase:
    """Prove with a code by e-mail that it is still you, then go on to `next`."""
    user = signed_in_user(request)
    if request.method == "POST":
        blocked = ratelimit.consume_or_429(request, action="reauthenticate", user=user)
        if blocked:
            return blocked
        if "send" in request.POST:
            return _send_code(request, user)
    state = _pending(request)
    if state is None:
        return render(
            request, "account/confirm_identity.html", {"next": _next(request)}
        )
    form = IdentityForm(
        request.POST if request.method == "POST" else None, expected=state["code"]
    )
    if form.is_valid():
        del request.session[CODE]
        record_authentication(request, user, method="code", reauthenticated=True)
        return redirect(_next(request))
    if form.is_bound:
        _count_attempt(request, state)
    return render(
        request,
        "account/confirm_identity.html",
        {"form": form, "next": _next(request)},
    )


def _send_code(request: HttpRequest, user: User) -> HttpResponse:
    adapter = get_adapter(request)
    code = adapter.generate_login_code()
    request.session[CODE] = {"code": code, "at": time.time(), "attempts": 0}
    adapter.send_mail("account/email/login_code", user.email, {"code": code})
    query = urlencode({"next": _next(request)})
    return redirect(f"{reverse('account_confirm_identity')}?{query}")


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    state: dict[str, Any] | None = request.session.get(CODE)
    if state and time.time() - state["at"] > settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT:
        del request.session[CODE]
        return None
    return state


def _count_attempt(request: HttpRequest, state: dict[str, Any]) -> None:
    state["attempts"] += 1
    if state["attempts"] >= ATTEMPTS:
        del request.session[CODE]
        messages.error(request, "That was not right three times. Ask for a new code.")
    else:
        request.session[CODE] = state


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    adapter = get_adapter(request)
    if wanted and adapter.is_safe_url(wanted):
        return wanted
    return str(adapter.get_login_redirect_url(request))


@doors.everybody("sign-in", "sign in")
def request_code(request: HttpRequest) -> HttpResponse:
    """Codes are asked for on the sign-in page itself."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse('account_login')}{'?' if query else ''}{query}")


@doors.everybody("sign-in", "sign out", doors.FORM)
@never_cache
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """Leave; the page of a plain link only asks. What the browser kept of private
    pages goes too, so that Back shows nothing."""
    response = allauth_views.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


@doors.signed_in("own sessions", "list")
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user = signed_in_user(request)
    places = signed_in_places(user, request.session.session_key)
    return render(
        request,
        "usersessions/usersession_list.html",
        {"places": places, "layout": layout_for(user)},
    )


@doors.signed_in("own sessions", "end", doors.POST)
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign out one browser, or all but this one. Ended means ended: at once."""
    user = signed_in_user(request)
    # Where the CMS was entered from is not kept, so it is left for good measure.
    end_cms_sessions(user=user)
    if "others" in request.POST:
        end_other_sessions(request, user)
        messages.success(request, "You are signed out everywhere else.")
    else:
        session = find_session(user, request.POST.get("key", ""))
        if session is not None:
            end_sessions(request, [session])
            messages.success(request, "That device is signed out.")
    return redirect("usersessions_list")
