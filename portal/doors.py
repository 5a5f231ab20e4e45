"""Opening the doors: the one place that lets a request into a view.

Deny by default. A view without a door does not exist, and a site with such a view does
not start. The rest follows `foundation.doors`: a method that a door does not take is
answered with 405, a visitor is sent to sign in, somebody whose role a door does not let
in is refused with 403. A program without a good token gets 401, and 403 where the token
has not the scope, as problem documents. What 403 tells is the program's own address,
the same for every object behind it; whether an object is there is never told by a door.

Views of other makers cannot carry a decorator; their doors stand in `portal.foreign`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from foundation.doors import Door, Who
from portal.api.middleware import refusal_of_token
from portal.foreign import AREAS, VIEWS


@dataclass(frozen=True)
class Address:
    """One line of the URLconf: the whole route, the name with its namespaces, the
    view, and its door where it has one."""

    route: str
    name: str
    view: Callable[..., Any]

    @property
    def door(self) -> Door | None:
        return door_of(self.view, self.route, self.name)


def door_of(view: Callable[..., Any], route: str, name: str) -> Door | None:
    """The view's own door, else that of its name, else that of its area."""
    own: Door | None = getattr(view, "door", None)
    if own is not None:
        return own
    if name in VIEWS:
        return VIEWS[name]
    return next((door for area, door in AREAS.items() if route.startswith(area)), None)


def opens(door: Door | None, user: Any) -> bool:
    """Whether `user`, who may be a visitor, may come in with a browser."""
    if door is None or door.who is Who.PROGRAM:
        return False
    if door.who is Who.EVERYBODY:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    return door.who is Who.SIGNED_IN or user.has_perm(door.permission)


def addresses() -> Iterator[Address]:
    """Every address of the site, in the order in which they are tried."""
    yield from _walk(get_resolver().url_patterns, "", "")


def _walk(
    patterns: list[URLPattern | URLResolver], route: str, space: str
) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            name = f"{space}{pattern.name}" if pattern.name else ""
            yield Address(here, name, pattern.callback)


@lru_cache
def _doorless(urlconf: str) -> tuple[str, ...]:
    return tuple(
        f"{address.route} ({address.name or address.view})"
        for address in addresses()
        if address.door is None
    )


def doorless() -> tuple[str, ...]:
    """The addresses that nobody declared a door for: there must be none."""
    return _doorless(settings.ROOT_URLCONF)


def check_doors(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """For `manage.py check`: no address without a door, and somebody opens them."""
    found: list[CheckMessage] = [
        Error(f"{address} has no door.", hint="See foundation/doors.py.", id="doors.1")
        for address in doorless()
    ]
    if "portal.doors.Doors" not in settings.MIDDLEWARE:
        found.append(Error("Nobody watches the doors.", id="doors.2"))
    return found


class Doors:
    """Asks each view's door before the view runs. Stands after the middleware that
    knows who is signed in.

    Raises ImproperlyConfigured at the start when an address has no door: a server
    that skips Django's checks does not start either.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if doorless():
            raise ImproperlyConfigured(f"No door: {', '.join(doorless())}")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let in (None), send to sign in, or refuse."""
        match = request.resolver_match
        door = door_of(view, match.route, match.view_name) if match else None
        if door is None:
            raise Http404
        if request.method not in door.methods:
            return HttpResponseNotAllowed(door.methods)
        if door.who is Who.PROGRAM:
            return refusal_of_token(request, door.scope)
        if opens(door, request.user):
            return None
        if request.user.is_authenticated:
            raise PermissionDenied
        return to_sign_in(request, door)


def to_sign_in(request: HttpRequest, door: Door) -> HttpResponse:
    """The way to the sign-in page and back to where the visitor was.

    A part that htmx asked for is no page to come back to, nor is an address that only
    takes POST: there it is the page that they were on. htmx gets a header that moves
    the whole page, or the sign-in form would appear inside the part.
    """
    htmx: Any = getattr(request, "htmx", None)
    page = htmx.current_url_abs_path if htmx else ""
    if not page and "GET" in door.methods:
        page = request.get_full_path()
    redirection = redirect_to_login(page or _referrer(request), settings.LOGIN_URL)
    return HttpResponseClientRedirect(redirection.url) if htmx else redirection


def _referrer(request: HttpRequest) -> str:
    """Path and query of the page that a form stood on, if it was one of ours."""
    address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}):
        return settings.LOGIN_REDIRECT_URL
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
