"""Machines' keys: asked for, agreed to, taken and ended."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.factors.views import fresh_factor
from accounts.machine_keys.forms import KeyForm
from accounts.machine_keys.models import MachineKey
from accounts.machine_keys.permissions import visible_to
from accounts.machine_keys.queries import allowed_words, key_lines
from accounts.machine_keys.services import answer_key, ask_key, end_key, take_key
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from foundation.errors import Refused
from foundation.permissions import require


def _is_written(request: HttpRequest) -> bool:
    return request.method == "POST"


@doors.permitted("accounts.ask_machine_key", "machine keys", "list, ask", doors.FORM)
@fresh_factor(when=_is_written)
def keys(request: HttpRequest) -> HttpResponse:
    """The keys there are; POST asks for one."""
    form = KeyForm(request.POST or None)
    at = timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            ask_key(actor=signed_in_user(request), at=at, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("scopes", str(refusal))
        else:
            messages.success(
                request, "Asked. Another administrator has to agree within 7 days."
            )
            return redirect("machine_keys:list")
    return render(
        request,
        "accounts/machine_keys/list.html",
        {"form": form, "lines": key_lines(request.user, at=at)},
        status=422 if form.errors else 200,
    )


@doors.permitted(
    "accounts.answer_machine_key", "machine keys", "agree, refuse", doors.POST
)
@fresh_factor()
def answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The second administrator agrees (`agrees=1`), or refuses."""
    agrees = request.POST.get("agrees") == "1"
    said = "Agreed. It waits for its person." if agrees else "Refused."
    key = _visible(request, public_id)
    return _done(request, said, answer_key, key=key, agrees=agrees, at=timezone.now())


@doors.permitted("accounts.ask_machine_key", "machine keys", "end", doors.POST)
@fresh_factor()
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The key works no more."""
    key = _visible(request, public_id)
    return _done(request, "The key works no more.", end_key, key=key)


@doors.signed_in("own apps", "take a machine's key", doors.POST)
@fresh_factor()
@never_cache
def take(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The secret, shown once to whom the key belongs."""
    user = signed_in_user(request)
    key = _visible(request, public_id)
    require(user, "accounts.take_machine_key", key)
    try:
        secret = take_key(actor=user, key=key, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("factors:security")
    key.refresh_from_db()
    return render(
        request,
        "accounts/machine_keys/taken.html",
        {
            "key": key,
            "secret": secret,
            "layout": layout_for(user),
            "allowed": allowed_words(key.scopes),
        },
    )


def _visible(request: HttpRequest, public_id: UUID) -> MachineKey:
    return get_object_or_404(
        visible_to(request.user).select_related("authorisation"), public_id=public_id
    )


def _done(request: HttpRequest, said: str, service: Any, **words: Any) -> HttpResponse:
    try:
        service(actor=signed_in_user(request), **words)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("machine_keys:list")
