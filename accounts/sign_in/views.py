"""What this house adds around allauth's sign-in: devices, and a clean leave."""

from allauth.account import views as allauth_views
from allauth.usersessions.internal.flows.sessions import (
    end_other_sessions,
    end_sessions,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.sign_in.queries import find_session, signed_in_places
from accounts.users.queries import layout_for, signed_in_user
from foundation import doors


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
    if "others" in request.POST:
        end_other_sessions(request, user)
        messages.success(request, "You are signed out everywhere else.")
    else:
        session = find_session(user, request.POST.get("key", ""))
        if session is not None:
            end_sessions(request, [session])
            messages.success(request, "That device is signed out.")
    return redirect("usersessions_list")
