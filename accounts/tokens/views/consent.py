"""Somebody decides whether an application may act in their name."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.applications.queries import policy_source
from accounts.factors.views import fresh_factor
from accounts.sessions.queries import works_here
from accounts.tokens.forms import (
    Asked,
    ConsentForm,
    Unanswerable,
    Untrusted,
    read_asked,
)
from accounts.tokens.queries import APP_LASTS, lasts_until, scopes_to_give
from accounts.tokens.services import authorise as give
from accounts.users.queries import signed_in_user
from foundation import doors
from foundation.errors import Refused

View = Callable[..., HttpResponseBase]
# Whoever reads the page for a while is not asked for a second code.
DECIDING = timedelta(minutes=10)


def _asked(view: View) -> View:
    """Read what the application asks for, and let the page's forms lead to it and to
    nobody else: browsers check the policy of the page over redirects too."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponseBase:
        try:
            asked = read_asked(request.GET)
        except Untrusted:
            return render(request, "accounts/tokens/untrusted.html", status=400)
        except Unanswerable as refusal:
            return _lead(refusal.address)
        response = view(request, asked)
        response._csp_update = {  # type: ignore[attr-defined]
            "form-action": [policy_source(asked.redirect_uri)]
        }
        return response

    return wrapper


@doors.signed_in("own apps", "let in", doors.FORM)
@never_cache
@_asked
def authorise(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    """The page on which an application is let in, or not. Takes a second factor, proved
    just now; whoever has none is shown how to get one."""
    if not signed_in_user(request).has_second_factor:
        words = {"asked": asked, "back": request.get_full_path()}
        return render(request, "accounts/tokens/needs_factor.html", words, status=403)
    return _decide(request, asked)


@fresh_factor(within=DECIDING)
def _decide(request: HttpRequest, asked: Asked) -> HttpResponse:
    user = signed_in_user(request)
    offered = scopes_to_give(user, asked.scopes)
    if not offered:
        return _lead(asked.answer(error="invalid_scope"))
    if request.POST.get("answer") == "no":
        return _lead(asked.answer(error="access_denied"))
    is_yes = request.POST.get("answer") == "yes"
    form = ConsentForm(request.POST if is_yes else None, offered=offered)
    at = timezone.now()
    if is_yes and form.is_valid():
        try:
            code = give(
                actor=user,
                application=asked.application,
                scopes=form.cleaned_data["scopes"],
                redirect_uri=asked.redirect_uri,
                code_challenge=asked.code_challenge,
                at=at,
            )
        except Refused as refusal:
            form.add_error("scopes", str(refusal))
        else:
            return _lead(asked.answer(code=code))
    return render(
        request,
        "accounts/tokens/authorise.html",
        {
            "form": form,
            "asked": asked,
            "until": lasts_until(user, at),
            "days": APP_LASTS.days,
            "is_staff": works_here(user),
        },
        status=422 if form.errors else 200,
    )


def _lead(address: str) -> HttpResponse:
    """To the application. 303: the form is not sent on to it. An app's own scheme is
    allowed here, because the address is one that was registered."""
    response = HttpResponse(status=303)
    response["Location"] = address
    response["Cache-Control"] = "private, no-store"
    return response
