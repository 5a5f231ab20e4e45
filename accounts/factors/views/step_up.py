"""Asking once more who sits here, before an act that a thief of an open browser would
want. The page stands in for the one that was asked for, at the same address, and
carries everything that was typed; with the proof the act goes on."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.factors.forms import ProofForm
from accounts.factors.permissions import has_factor
from accounts.factors.queries import FRESH, code_factors_for, is_fresh, ways_for
from accounts.factors.services import (
    TooManyTries,
    note_wrong_code,
    prove_code,
    prove_password,
)
from accounts.factors.views.sending import send_by, sent_code, sent_id
from accounts.factors.views.session import ended_by_guessing, prove
from accounts.users.models import User
from accounts.users.queries import signed_in_user
from foundation.formats import wait_words

View = Callable[..., HttpResponseBase]
OURS = "step_up"
_STATE = "step_up_code"
_ATTEMPTS = 3
WRONG = {
    "factor": "This is not a code that works now. Codes of the app change every half "
    "minute, and each code works once",
    "password": "This is not your password",
    "email": "This is not the code of our newest e-mail. Check it and try again",
}


def fresh_factor(
    within: timedelta = FRESH, when: Callable[..., bool] | None = None
) -> Callable[[View], View]:
    """Guards a view: it runs once the person has proved within `within` that it is
    them, by their second factor, or without one by password or e-mailed code.

    `when(request, **kwargs)` says for which requests; for all, where it is not given.
    What a form had sent is sent again with the proof, so nothing typed is lost. Files
    cannot be: guard the page that offers the upload.
    """

    def decorate(view: View) -> View:
        @login_required
        @never_cache
        def checked(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if OURS in request.POST:
                answer = _take(request, within)
                if answer is not None:
                    return answer
            elif not is_fresh(request, within):
                return _ask(request)
            return view(request, *args, **kwargs)

        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if when is not None and not when(request, *args, **kwargs):
                return view(request, *args, **kwargs)
            return checked(request, *args, **kwargs)

        return guarded

    return decorate


def _take(request: HttpRequest, within: timedelta) -> HttpResponseBase | None:
    """Look at the proof that came with the form. None: the view may run, and sees
    only what was typed for it."""
    user = signed_in_user(request)
    if request.POST[OURS].startswith("send"):
        return _send(request, user)
    form = None
    if request.POST[OURS] != "done":
        blocked = _blocked(request)
        if blocked is not None:
            return blocked
        form = _form(request, user)
        if not form.is_valid() or not _proves(request, user, form):
            return ended_by_guessing(request) or _ask(request, form)
    if not is_fresh(request, within):
        return _ask(request, form)
    if request.POST.get("step_up_method") == "GET":
        return redirect(request.get_full_path())
    typed = request.POST.copy()
    for name in [name for name in typed if name.startswith(OURS)]:
        del typed[name]
    typed._mutable = False
    request.POST = typed  # type: ignore[assignment]
    return None


def _blocked(request: HttpRequest) -> HttpResponse | None:
    """By session, never by person: who sits in a stolen one holds up nobody else."""
    key = f"session {request.session.session_key}"
    return ratelimit.consume_or_429(request, action="step_up", key=key)


def _kind(request: HttpRequest, user: User) -> str:
    """By what `user` can prove themselves here."""
    if has_factor(user):
        return "factor"
    wants_mail = request.POST.get("step_up_kind") == "email"
    return "email" if wants_mail or not user.has_usable_password() else "password"


def _form(request: HttpRequest, user: User) -> ProofForm:
    return ProofForm(
        request.POST,
        kind=_kind(request, user),
        by_message=bool(code_factors_for(request, user)),
    )


def _proves(request: HttpRequest, user: User, form: ProofForm) -> bool:
    """Check the proof; an error stands in the form when it is none."""
    given, at = form.cleaned_data["step_up_code"], timezone.now()
    key = request.session.session_key or ""
    try:
        if form.kind == "factor":
            method = prove_code(
                user=user, code=given, at=at, sent_id=sent_id(request), session_key=key
            )
        elif form.kind == "password":
            fits = prove_password(user=user, password=given, session_key=key, at=at)
            method = "password" if fits else ""
        else:
            method = _prove_mail(request, user, given, at)
    except TooManyTries as refusal:
        form.add_error("step_up_code", str(refusal))
        return False
    if not method:
        form.add_error("step_up_code", WRONG[form.kind])
        return False
    if form.kind == "factor":
        prove(request, user, method)
    else:
        record_authentication(request, user, method=method, reauthenticated=True)
    return True


def _prove_mail(request: HttpRequest, user: User, typed: str, at: datetime) -> str:
    state = _pending(request)
    fits = state is not None and compare_user_code(actual=typed, expected=state["code"])
    if fits:
        del request.session[_STATE]
        return "code"
    note_wrong_code(user=user, session_key=request.session.session_key or "", at=at)
    return ""


def _ask(
    request: HttpRequest, form: ProofForm | None = None, *, wait: int = 0
) -> HttpResponse:
    """The page that asks, with all that was typed kept in it."""
    user = signed_in_user(request)
    kind = form.kind if form else _kind(request, user)
    ways = ways_for(request, user) if kind == "factor" else None
    if form is None or not form.errors:
        form = ProofForm(kind=kind, by_message=bool(ways and ways.codes))
    state = _pending(request)
    if kind == "email" and form.errors and state:
        state["attempts"] += 1
        request.session[_STATE] = state
        if state["attempts"] >= _ATTEMPTS:
            del request.session[_STATE]
            state = None
    htmx = "HX-Request" in request.headers
    asked_by = request.POST.get("step_up_method") or str(request.method)
    response = render(
        request,
        "accounts/factors/step_up.html",
        {
            "form": form,
            "kind": kind,
            "is_sent": state is not None,
            "sent": sent_code(request),
            "limited": wait_words(wait) if wait else "",
            "can_mail": kind != "factor",
            "ways": ways,
            "method": asked_by,
            "typed": [
                (name, value)
                for name, values in request.POST.lists()
                for value in values
                if name != "csrfmiddlewaretoken" and not name.startswith(OURS)
            ],
        },
        # A script takes only what went well for a page.
        status=200 if htmx else 403,
    )
    if htmx:
        response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
    return response


# --- Codes by message; those of who has no second factor go to the mailbox ---


def _send(request: HttpRequest, user: User) -> HttpResponse:
    way = request.POST[OURS].removeprefix("send").removeprefix("-")
    if way:
        return _ask(request, wait=send_by(request, user, way))
    blocked = _blocked(request)
    if blocked is not None:
        return blocked
    if not has_factor(user):
        adapter = get_adapter(request)
        wait = adapter.wait_for_code(
            request, kind="proof", subject=f"user {user.pk}", known_to=user.email
        )
        if wait:
            return _ask(request, wait=wait)
        code = adapter.generate_login_code()
        request.session[_STATE] = {"code": code, "at": time.time(), "attempts": 0}
        adapter.send_mail("account/email/login_code", user.email, {"code": code})
    return _ask(request)


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    state: dict[str, Any] | None = request.session.get(_STATE)
    if state and time.time() - state["at"] > settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT:
        del request.session[_STATE]
        return None
    return state
