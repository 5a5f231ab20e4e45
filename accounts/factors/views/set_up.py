"""Setting up second factors."""

import io
import secrets
import time
from base64 import b32encode
from typing import Any
from urllib.parse import quote, urlencode

import segno
from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.factors.forms import AppForm, PasskeyNameForm
from accounts.factors.permissions import (
    can_use_code_factors,
    has_factor,
    must_have_factor,
)
from accounts.factors.queries import factors_of
from accounts.factors.services import add_app, make_backup_codes
from accounts.factors.views.session import end_other_sessions, prove
from accounts.factors.views.sign_in import wanted, with_next
from accounts.factors.views.step_up import fresh_factor
from accounts.users.models import User
from accounts.users.queries import landing_path, signed_in_user
from foundation import doors
from foundation.errors import Refused

_KEY, _CODES = "factor_key", "factor_backup_codes"


@doors.signed_in("own factors", "add", doors.FORM)
@fresh_factor()
def set_up(request: HttpRequest) -> HttpResponse:
    """Choose between an app and a passkey. Who must have one sees nothing else."""
    user = signed_in_user(request)
    return render(
        request,
        "accounts/factors/set_up.html",
        {
            "must": must_have_factor(user) and not user.has_second_factor,
            "codes": can_use_code_factors(user, None),
            "texts": get_adapter(request).sends_texts(),
            "next": wanted(request),
        },
    )


@doors.signed_in("own factors", "add", doors.FORM)
@fresh_factor()
def new_app(request: HttpRequest) -> HttpResponseBase:
    """Show the secret, as a picture and as text, until the app shows a code of it."""
    user = signed_in_user(request)
    key = request.session.get(_KEY)
    if key is None:
        key = request.session[_KEY] = secrets.token_hex(20)
    form = AppForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            add_app(user=user, key=key, now=time.time(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[_KEY]
            return after_adding(request, user, "app")
    return render(
        request,
        "accounts/factors/new_app.html",
        {"form": form, "next": wanted(request), **_secret(user, key)},
    )


def _secret(user: User, key: str) -> dict[str, Any]:
    """The secret in the three ways in which apps take it."""
    text = b32encode(bytes.fromhex(key)).decode()
    # The issuer is the product's: the clinic's name may change, the label may not.
    query = urlencode({"secret": text, "issuer": "MedConsult"}, quote_via=quote)
    uri = f"otpauth://totp/{quote(f'MedConsult:{user.email}')}?{query}"
    picture = io.BytesIO()
    segno.make(uri, error="m").save(
        picture, kind="svg", scale=5, border=3, xmldecl=False, svgns=True, nl=False
    )
    grouped = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return {
        "secret": grouped,
        "uri": uri,
        "picture": f"data:image/svg+xml,{quote(picture.getvalue().decode())}",
    }


@doors.signed_in("own factors", "add", doors.FORM)
@fresh_factor()
def new_passkey(request: HttpRequest) -> HttpResponse:
    """Where a passkey is made; the browser and `passkeys.js` do it together."""
    return render(
        request,
        "accounts/factors/new_passkey.html",
        {"form": PasskeyNameForm(), "next": wanted(request)},
    )


def after_adding(request: HttpRequest, user: User, method: str) -> HttpResponse:
    """Keep this session signed in, end the others, and go on: with the first factor to
    the backup codes, else to the overview."""
    prove(request, user, method)
    end_other_sessions(request, user)
    if factors_of(user).total == 1:
        request.session[_CODES] = make_backup_codes(user=user)
        return redirect(with_next("factors:backup_codes", request))
    messages.success(request, "Added. You can sign in with it from now on.")
    return redirect("factors:security")


@doors.signed_in("own factors", "make backup codes", doors.FORM)
@fresh_factor()
def backup_codes(request: HttpRequest) -> HttpResponseBase:
    """New backup codes, shown once; POST makes a new set."""
    user = signed_in_user(request)
    if not has_factor(user):
        return redirect("factors:set_up")
    if request.method == "POST":
        request.session[_CODES] = make_backup_codes(user=user)
        return redirect(with_next("factors:backup_codes", request))
    return render(
        request,
        "accounts/factors/backup_codes.html",
        {
            "codes": request.session.pop(_CODES, None),
            "left": factors_of(user).backup_codes_left,
            "next": wanted(request) or landing_path(user),
            "made_at": timezone.now(),
        },
    )
