"""The door of the CMS."""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import get_random_string
from django.utils.functional import SimpleLazyObject

from accounts.cms_access.services import digest
from accounts.models import User
from portal.cms.sessions import SEEN, USER

PREFIX = "/cms/"
# What nobody has to be inside for: coming in, and leaving.
OPEN = ("/cms/enter/", "/cms/left/", "/cms/logout/")
# The browser asks this by itself; it says nothing about anybody being there.
POLLING = "/cms/editing-sessions/"
STATE_COOKIE = "cms-state"
STATE_SECONDS = 15 * 60
NOTE_SECONDS = 20


class CmsDoor:
    """Lets in whoever has a session of the CMS and still has an editorial role.

    Everybody else is sent to the site, which asks who they are; this program has no
    form for it. `request.user` is known on every page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _editor(request))  # type: ignore[assignment]
        # A preview is rendered by a request of our own, for an editor who is inside.
        is_preview = getattr(request, "is_dummy", False)
        if is_preview or not request.path.startswith(PREFIX) or request.path in OPEN:
            return self.get_response(request)
        if not request.user.is_authenticated:
            return _ask_the_site(request)
        return self.get_response(request)


def _editor(request: HttpRequest) -> User | AnonymousUser:
    """Whose session this is, asked anew at every request: roles go at any time, and the
    site ends sessions by deleting their rows."""
    session = request.session
    now = time.time()
    seen = session.get(SEEN, 0)
    if USER not in session:
        return AnonymousUser()
    if now - seen > settings.CMS_IDLE_SECONDS:
        session.flush()
        return AnonymousUser()
    user = User.objects.filter(pk=session[USER]).first()
    if user is None or not user.has_perm("wagtailadmin.access_admin"):
        session.flush()
        return AnonymousUser()
    if now - seen > NOTE_SECONDS and not request.path.startswith(POLLING):
        session[SEEN] = now
    return user


def _ask_the_site(request: HttpRequest) -> HttpResponse:
    """Send the browser to sign in, with something that only it has and brings back."""
    if request.method not in {"GET", "HEAD"} or _is_script(request):
        raise PermissionDenied
    state = request.COOKIES.get(cookie_name(STATE_COOKIE), "")
    if len(state) != 43:
        state = get_random_string(43)
    question = {"state": digest(state), "next": request.get_full_path()}
    site = f"{settings.SITE_URL}/account/cms/?{urlencode(question)}"
    response = HttpResponseRedirect(site)
    keep(response, STATE_COOKIE, state, STATE_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _is_script(request: HttpRequest) -> bool:
    return (
        request.headers.get("x-requested-with") == "XMLHttpRequest"
        or request.headers.get("sec-fetch-dest", "document") == "empty"
    )


def keep(response: HttpResponse, name: str, value: str, seconds: int) -> None:
    """A cookie of the way in: for this host alone, out of the reach of scripts. Lax,
    because the browser comes back by a link from the site."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=seconds,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_name(name: str) -> str:
    return f"__Host-{name}" if settings.SESSION_COOKIE_SECURE else name
