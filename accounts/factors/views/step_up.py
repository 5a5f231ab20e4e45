"""Asking once more who sits here, before an act that a thief of an open browser would
want. The page stands in for the one that was asked for, at the same address, and
carries everything that was typed; with the proof the act goes on."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.factors.forms import ProofForm
from accounts.factors.permissions import has_factor
from accounts.factors.queries import FRESH, code_factors_for, is_fresh, ways_for
from accounts.factors.services import TooManyTries, prove_code
from accounts.factors.views.sending import send_by, sent_code, sent_id
from accounts.factors.views.session import prove
from accounts.users.models import User
from accounts.users.queries import signed_in_user

View = Callable[..., HttpResponseBase]
OURS = "step_up"
_STATE = "step_up_code"
_ATTEMPTS = 3
WRONG = (
    "This is not a code that works now. Codes of the app change every half minute, and "
    "each code works once"
)


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
        blocked = _blocked(request, user)
        if blocked is not None:
            return blocked
        form = _form(request, user)
        if not form.is_valid() or not _proves(request, user, form):
            return _ask(request, form)
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


def _blocked(request: HttpRequest, user: User) -> HttpResponse | None:
    return ratelimit.consume_or_429(request, action="reauthenticate", user=user)


def _kind(request: HttpRequest, user: User) -> str:
    """By what `user` can prove themselves here."""
    if has_factor(user):
        return "factor"
    wants_mail = request.POST.get("step_up_kind") == "email"
    return "email" if wants_mail or not user.has_usable_password() else "password"


def _form(request: HttpRequest, user: User) -> ProofForm:
    state = _pending(request)
    return ProofForm(
        request.POST,
        kind=_kind(request, user),
        expected=state["code"] if state else "",
        by_message=bool(code_factors_for(request, user)),
    )


def _proves(request: HttpRequest, user: User, form: ProofForm) -> bool:
    """Check the proof; an error stands in the form when it is none."""
    given = form.cleaned_data["step_up_code"]
    if form.kind == "factor":
        try:
            method = prove_code(
                user=user, code=given, at=timezone.now(), sent_id=sent_id(request)
            )
        except TooManyTries as refusal:
            form.add_error("step_up_code", str(refusal))
            return False
        if not method:
            form.add_error("step_up_code", WRONG)
            return False
        prove(request, user, method)
        return True
    if form.kind == "password":
        try:
            fits = get_adapter(request).reauthenticate(user, given)
        except forms.ValidationError as refusal:
            form.add_error("step_up_code", refusal)
            return False
        if not fits:
            form.add_error("step_up_code", "This is not your password")
            return False
    else:
        del request.session[_STATE]
    method = "password" if form.kind == "password" else "code"
    record_authentication(request, user, method=method, reauthenticated=True)
    return True


def _ask(
    request: HttpRequest, form: ProofForm | None = None, *, limited: bool = False
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
            "limited": limited,
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
        return _ask(request, limited=not send_by(request, user, way))
    blocked = _blocked(request, user)
    if blocked is not None:
        return blocked
    if not has_factor(user):
        adapter = get_adapter(request)
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
