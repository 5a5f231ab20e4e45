"""The second step of signing in."""

from typing import Any
from urllib.parse import urlencode

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from accounts.factors.forms import FactorForm
from accounts.factors.permissions import has_factor
from accounts.factors.queries import ways_for
from accounts.factors.services import TooManyTries, prove_code
from accounts.factors.views.cookies import remember
from accounts.factors.views.sending import send_by, sent_code, sent_id
from accounts.factors.views.session import prove
from accounts.factors.views.stage import waiting
from accounts.factors.views.step_up import WRONG, fresh_factor
from accounts.sessions.queries import known_device_id
from accounts.users.models import User
from accounts.users.queries import landing_path
from foundation import doors
from foundation.formats import wait_words


@doors.everybody("sign-in", "prove the second step", doors.FORM)
@never_cache
def check(request: HttpRequest) -> HttpResponseBase:
    """Prove the second factor; only then does the session begin."""
    stage: Any = waiting(request)
    if stage is None:
        return redirect("account_login")
    user: User = stage.login.user
    if not has_factor(user):
        # It was reset while this sign-in waited: there is nothing left to prove.
        return stage.exit()
    if "send" in request.POST:
        wait = send_by(request, user, request.POST["send"])
        if not wait:
            return redirect("factors:check")
        return _page(request, user, FactorForm(), wait=wait)
    form = FactorForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        blocked = ratelimit.consume_or_429(request, action="factor")
        if blocked:
            return blocked
    if form.is_valid() and _fits(request, user, form):
        return _pass(request, stage, user, form)
    return _page(request, user, form)


def _pass(
    request: HttpRequest, stage: Any, user: User, form: FactorForm
) -> HttpResponse:
    """Begin the session, and remember the browser where that was asked for."""
    response: HttpResponse = stage.exit()
    if form.cleaned_data["remember"]:
        remember(request, response, user, timezone.now())
    return response


def _page(
    request: HttpRequest, user: User, form: FactorForm, *, wait: int = 0
) -> HttpResponse:
    ways = ways_for(request, user)
    if ways.codes:
        form.say_message()
    return render(
        request,
        "accounts/factors/check.html",
        {
            "form": form,
            "email": user.email,
            "ways": ways,
            "sent": sent_code(request),
            "limited": wait_words(wait) if wait else "",
        },
    )


def _fits(request: HttpRequest, user: User, form: FactorForm) -> bool:
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    device_id = known_device_id(user.email, token)
    try:
        method = prove_code(
            user=user,
            code=form.cleaned_data["code"],
            at=timezone.now(),
            sent_id=sent_id(request),
            device_id=device_id,
        )
    except TooManyTries as refusal:
        form.add_error("code", str(refusal))
        form.is_paused_elsewhere = device_id is None
        return False
    if not method:
        form.add_error("code", WRONG["factor"])
        return False
    prove(request, user, method)
    return True


@doors.signed_in("own account", "prove it is you", doors.FORM)
@fresh_factor()
def again(request: HttpRequest) -> HttpResponse:
    """For a session that has lost its proof, because the factors were changed
    elsewhere: prove it, then go on to `next`."""
    return redirect(wanted(request) or landing_path(request.user))


def wanted(request: HttpRequest) -> str:
    """The address in `next`, if it is one of this site; else ""."""
    path = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(
        path, {request.get_host()}, require_https=request.is_secure()
    )
    return path if own else ""


def with_next(name: str, request: HttpRequest) -> str:
    """The address of `name` with the `next` of this request."""
    path = wanted(request)
    return f"{reverse(name)}?{urlencode({'next': path})}" if path else reverse(name)
