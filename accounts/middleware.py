"""The door behind signing in."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.factors.permissions import has_factor
from accounts.factors.queries import lacks_factor
from accounts.users.models import User

# Where a session without its factor may go: to prove it, to set one up, to leave.
OPEN = frozenset(
    {
        "account_logout",
        "factors:again",
        "recovery:begin_anew",
        "factors:set_up",
        "factors:add_app",
        "factors:add_passkey",
        "factors:passkey_begin",
        "factors:passkey_prove",
        "factors:passkey_register_begin",
        "factors:passkey_register",
        "health:healthz",
        "health:readyz",
    }
)


class FactorDoor:
    """Shows nothing but set-up and proof to a session that lacks its second factor.

    Asked for every address of the site, whatever app it belongs to: pages, fragments,
    the CMS with its pictures and previews, APIs. Who works here must have a factor; who
    has one must have proved it in this session. Pages are redirected; a script that
    wants JSON is told 403.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None where the view may run."""
        # Without a session there is nobody; not asking keeps public pages cacheable.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_open(request):
            return None
        return _to_proof(request) if lacks_factor(request) else None


def _is_open(request: HttpRequest) -> bool:
    if settings.SERVE_MEDIA and request.path.startswith(settings.MEDIA_URL):
        # Public pictures, such as the logo of the page that asks for the factor.
        return True
    match = request.resolver_match
    return match is not None and match.view_name in OPEN


def _to_proof(request: HttpRequest) -> HttpResponse:
    user = request.user
    has_one = isinstance(user, User) and has_factor(user)
    name = "factors:again" if has_one else "factors:set_up"
    htmx = "HX-Request" in request.headers
    # Coming back to the middle of a form, or to a part of a page, makes no sense.
    back = request.get_full_path() if request.method == "GET" and not htmx else ""
    target = f"{reverse(name)}?{urlencode({'next': back})}" if back else reverse(name)
    if htmx:
        return HttpResponseClientRedirect(target)
    if request.method == "GET" or "text/html" in request.headers.get("Accept", ""):
        return HttpResponseRedirect(target)
    return HttpResponse("A second factor is needed.\n", status=403)
