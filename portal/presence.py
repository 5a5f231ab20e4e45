"""Whether somebody is there: what keeps a session alive, and what happens to a request
whose session is over. docs/decisions/0013-sessions.md."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone

from accounts.sessions.models import Ended
from accounts.sessions.queries import ended_words
from accounts.sessions.services import keep_form
from portal.sessions import SessionStore

# After which a form waits for its user.
MAY_WAIT = {Ended.IDLE, Ended.ABSOLUTE, Ended.CROWDED, Ended.GUESSING}
# What pages ask for by themselves, by URL name. Never a sign of somebody being there,
# whatever the request says of itself.
BACKGROUND = frozenset(
    {
        "account_session",
        "booking:directory",
        "booking:doctor_reviews",
        "booking:doctor_times",
        "booking:next_free",
        "exports:progress",
        "records:upload",
        "search:suggestions",
    }
)


class Presence:
    """Notes that somebody did something, and is kind to whoever came too late.

    Only what a person does extends a session: opening a page and sending a form. What
    scripts ask for does not (htmx, fetch, events, prefetching); a page whose reader is
    there says so by `account_session_stay`. Nothing in a request makes it count more
    than that, and none is let in by what it says: the limits hold in the store.

    A form that comes after its session ended is kept for its user. A script's request
    gets 401 then, where a person is sent to sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = getattr(request, "session", None)
        if not isinstance(session, SessionStore):
            return response
        by_script = is_by_script(request)
        if not by_script and response.status_code < 400 and _is_deed(request):
            session.note_activity(at=timezone.now())
        if _leads_to_sign_in(response):
            response = _too_late(request, session, response, by_script=by_script)
        _name_device(request, response)
        if by_script and session.ended_because:
            # Another tab may be signing in right now: its new cookie must stay.
            session.leaves_cookie = True
        return response


def is_by_script(request: HttpRequest) -> bool:
    """Whether a page asked by itself or through a script, not by being opened."""
    headers = request.headers
    return (
        "HX-Request" in headers
        or "X-Requested-With" in headers
        or headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
        or "prefetch" in headers.get("Sec-Purpose", "")
    )


def _is_deed(request: HttpRequest) -> bool:
    match = request.resolver_match
    if match is None or match.view_name in BACKGROUND:
        return False
    return request.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}


def _leads_to_sign_in(response: HttpResponse) -> bool:
    # htmx is told by a header of its own.
    address = response.get("Location") or response.get("HX-Redirect") or ""
    path = address.partition("?")[0]
    return bool(path) and path == _sign_in()


@cache
def _sign_in() -> str:
    return resolve_url(settings.LOGIN_URL)


def _too_late(
    request: HttpRequest,
    session: SessionStore,
    response: HttpResponse,
    *,
    by_script: bool,
) -> HttpResponse:
    if not session.ended_because or session.ended_user_id is None:
        return response
    if by_script:
        # The page that asked is still there, with what was typed: js/session.js.
        return HttpResponse("Sign in to go on.\n", status=401, content_type=PLAIN)
    messages.info(request, ended_words(session.ended_because))
    may_wait = session.ended_because in MAY_WAIT
    if request.method == "POST" and may_wait:
        is_kept = keep_form(
            session,
            user_id=session.ended_user_id,
            path=request.get_full_path(),
            fields=[(name, v) for name, vs in request.POST.lists() for v in vs],
            at=timezone.now(),
        )
        if is_kept:
            resend = reverse("account_resend")
            return redirect(f"{_sign_in()}?next={resend}")
    return response


PLAIN = "text/plain; charset=utf-8"


def _name_device(request: HttpRequest, response: HttpResponse) -> None:
    token = getattr(request, "device_token", "")
    if token and token != request.COOKIES.get(settings.DEVICE_COOKIE_NAME):
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            token,
            max_age=settings.DEVICE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
