"""Turning reminders off from a message, and choosing channels when signed in."""

from datetime import time
from typing import Any

from django.conf import settings as conf
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from accounts.consents.models import Consent, Purpose
from accounts.consents.services import withdraw
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors
from notifications.preferences.forms import ChannelsForm
from notifications.preferences.models import Channel
from notifications.preferences.queries import (
    NEWS,
    OptOut,
    Recipient,
    enabled_channels,
    read_opt_out,
)
from notifications.preferences.services import set_preference


@doors.everybody("own reminders", "change by signed link", doors.FORM)
@csrf_exempt
@never_cache
def off(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a message that ends reminders over its channel.

    The signed token is the permission, so no cookie is needed and a mail program's
    one-click POST (RFC 8058) works. Looking at the page changes nothing.
    """
    wish = read_opt_out(token)
    if wish is None:
        raise Http404
    if wish.channel == NEWS:
        return _stop_news(request, wish)
    is_done = request.method == "POST"
    if is_done:
        set_preference(
            actor=None,
            channel=wish.channel,
            patient=wish.patient,
            user=wish.user,
            is_enabled=request.POST.get("undo") == "1",
        )
    return render(
        request,
        "notifications/preferences/off.html",
        _off_context(wish, is_done=is_done, is_undone="undo" in request.POST),
    )


def _stop_news(request: HttpRequest, wish: OptOut) -> HttpResponse:
    """Take the yes to news back. A new yes is given where its text can be read."""
    is_done = request.method == "POST"
    if is_done and wish.patient is not None:
        withdraw(
            actor=None,
            patient=wish.patient,
            purpose=Purpose.MARKETING,
            via=Consent.Via.LINK,
            at=timezone.now(),
        )
    return render(
        request, "notifications/preferences/news_off.html", {"is_done": is_done}
    )


@doors.signed_in("own reminders", "change", doors.FORM)
@never_cache
def settings(request: HttpRequest) -> HttpResponse:
    """The signed-in person's own channels."""
    user = signed_in_user(request)
    person = _signed_in(user)
    initial = {"channels": sorted(enabled_channels(person))}
    typed = request.POST if request.method == "POST" else None
    form = ChannelsForm(typed, initial=initial)
    if request.method == "POST" and form.is_valid():
        for channel in Channel.values:
            set_preference(
                actor=user,
                channel=channel,
                is_enabled=channel in form.cleaned_data["channels"],
                **_owner(person),
            )
        messages.success(request, "Your reminder settings are saved.")
        return redirect("notifications:preference_settings")
    return render(
        request,
        "notifications/preferences/settings.html",
        {
            "form": form,
            "person": person,
            "layout": layout_for(user),
            "quiet_from": time.fromisoformat(conf.QUIET_HOURS[0]),
            "quiet_until": time.fromisoformat(conf.QUIET_HOURS[1]),
        },
    )


def _signed_in(user: Any) -> Recipient:
    patient = getattr(user, "patient", None)
    return Recipient(
        name=user.get_full_name(),
        email=user.email,
        phone=patient.phone if patient else "",
        patient=patient,
        user=None if patient else user,
    )


def _owner(person: Recipient) -> dict[str, Any]:
    return {"patient": person.patient, "user": person.user}


def _off_context(wish: OptOut, *, is_done: bool, is_undone: bool) -> dict[str, Any]:
    return {
        "channel": Channel(wish.channel),
        "words": "text messages" if wish.channel == Channel.SMS else "e-mails",
        "is_done": is_done,
        "is_undone": is_undone,
    }
