"""Where one is signed in, for how long, and how to go on after a session ended."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.proxies.queries import still_acts
from accounts.sessions.models import Ended, Session
from accounts.sessions.queries import (
    absolute_limit,
    duration_words,
    idle_limit,
    signed_in_places,
    who,
    works_here,
)
from accounts.sessions.services import (
    choose_length,
    drop_form,
    end_session,
    end_sessions,
    kept_form,
)
from accounts.users.queries import landing_path, layout_for, signed_in_user
from foundation import doors


@doors.signed_in("own sessions", "list")
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user = signed_in_user(request)
    is_staff = works_here(user)
    places = signed_in_places(user, request.session.session_key, at=timezone.now())
    return render(
        request,
        "accounts/sessions/list.html",
        {
            "places": places,
            "this": next((place for place in places if place.is_this), None),
            "layout": layout_for(user),
            "is_staff": is_staff,
            "idle": duration_words(idle_limit(is_staff=is_staff, is_kept=False)),
            "longest": duration_words(absolute_limit(is_staff=is_staff)),
        },
    )


@doors.signed_in("own sessions", "end", doors.POST)
def end(request: HttpRequest) -> HttpResponse:
    """Sign out one browser, or all but this one. Ended means ended: at once."""
    user = signed_in_user(request)
    this = request.session.session_key
    if "others" in request.POST:
        end_sessions(user=user, because=Ended.ELSEWHERE, actor=user, except_key=this)
        messages.success(request, "You are signed out everywhere else.")
        return redirect("account_sessions")
    key = request.POST.get("key", "")
    mine = Session.objects.filter(user=user, ended_because="")
    session = next((one for one in mine if str(one.public_id) == key), None)
    if session is not None:
        end_session(actor=user, session=session)
        messages.success(request, "That device is signed out.")
    return redirect("account_sessions")


@doors.signed_in("own sessions", "change", doors.POST)
def keep(request: HttpRequest) -> HttpResponse:
    """Stay signed in on this device, or not any longer."""
    choose_length(request.session, keep=request.POST.get("keep") == "1")
    messages.success(request, "Saved for this device.")
    return redirect("account_sessions")


@doors.everybody("own sessions", "ask for")
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """What a page asks by itself: who is signed in here, for how many seconds, and
    whether they still act by the right that `acting` names. Asking extends nothing."""
    acts = still_acts(request.user, request.GET.get("acting", ""))
    return JsonResponse({**_state(request), "acts": acts})


@doors.everybody("own sessions", "go on", doors.POST)
@never_cache
def stay(request: HttpRequest) -> JsonResponse:
    """Somebody is there: the idle time begins anew. The absolute limit stays."""
    if not request.user.is_authenticated:
        return JsonResponse(_state(request), status=401)
    note_activity: Any = request.session.note_activity  # type: ignore[attr-defined]
    note_activity(at=timezone.now())
    return JsonResponse(_state(request))


def _state(request: HttpRequest) -> dict[str, Any]:
    is_in = request.user.is_authenticated
    ends_at = request.session.ends_at() if is_in else None  # type: ignore[attr-defined]
    left = ends_at - timezone.now() if ends_at else timedelta()
    return {
        "who": who(request.user),
        "left": max(int(left.total_seconds()), 0),
        # Signing in gives forms that are open a new token to be sent with.
        "token": get_token(request) if is_in else "",
    }


@doors.signed_in("own sessions", "go on")
@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """Signed in again in a second tab: the first one goes on by itself."""
    return render(request, "accounts/sessions/back.html")


@doors.signed_in("own sessions", "send again", doors.FORM)
@never_cache
def resend(request: HttpRequest) -> HttpResponse:
    """A form that came after its session had ended: send it now, or throw it away."""
    user = signed_in_user(request)
    if request.method == "POST":
        drop_form(request.session)
        messages.info(request, "What you had typed is thrown away.")
        return redirect(landing_path(user))
    form = kept_form(request.session, user=user, at=timezone.now())
    if form is None:
        return redirect(landing_path(user))
    shown = [
        (name.replace("-", " ").replace("_", " ").capitalize(), value)
        for name, value in form["fields"]
        if value.strip() and len(value) > 1
    ]
    return render(
        request, "accounts/sessions/resend.html", {"form": form, "shown": shown}
    )
