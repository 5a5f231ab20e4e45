"""Rendered pages, kept until anything on them changes.

A shell is a page's HTML with holes: the nonce of the content policy, and the live parts
of other apps. What is kept is the same for every visitor (one kind for those who are
signed in, one for those who are not, who differ in a link only); the holes are filled
for each request. A page is rendered for the shell with a request that carries nothing
of the visitor: no cookies, no session, no question mark. So nothing personal can be
kept, even by a template that forgets.

Shells are per process and keyed by the content's version (clinic_pages.content_version)
and lapse when something on a clock does: at midnight, when doctors join and leave, and
when a location opens or closes.
"""

import copy
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.crypto import get_random_string
from wagtail.models import Page

from clinic_pages import content_version
from clinic_pages.hours import next_change

log = logging.getLogger(__name__)

LONGEST_PATH = 300

Fill = Callable[[HttpRequest], str]


class Somebody(AnonymousUser):
    """Stands for anyone signed in while a shell is rendered."""

    is_authenticated = True  # type: ignore[assignment]
    is_anonymous = False  # type: ignore[assignment]


@dataclass
class Holes:
    """What a page being rendered leaves open. Template tags find it on the request."""

    mark: str = field(default_factory=lambda: f"hole-{get_random_string(24)}")
    fills: list[Fill] = field(default_factory=list)

    def add(self, fill: Fill) -> str:
        """Leave a hole that `fill(request)` closes. Returns what to put there."""
        self.fills.append(fill)
        return f"<!--{self.mark}:{len(self.fills) - 1}-->"


@dataclass(frozen=True)
class Shell:
    """Pieces of HTML; between them, for each, a fill or None for the nonce."""

    pieces: list[str]
    fills: list[Fill | None]

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The whole page for this visitor."""
        nonce = str(request.csp_nonce)  # type: ignore[attr-defined]
        parts = [self.pieces[0]]
        for fill, piece in zip(self.fills, self.pieces[1:], strict=True):
            parts += [nonce if fill is None else fill(request), piece]
        response = HttpResponse("".join(parts))
        # It carries a nonce and perhaps live times: not for caches to share, and to
        # be asked for again.
        live = any(fill is not None for fill in self.fills)
        response["Cache-Control"] = "private, no-store" if live else "private, no-cache"
        return response


def kept_page(request: HttpRequest, path: str) -> HttpResponse | None:
    """The page at `path` from its shell, rendering that first where none is kept.

    None where it has to be served the long way: another method, a visitor with a
    message waiting, a page that not everybody may read. Raises Http404.
    """
    if request.method not in {"GET", "HEAD"} or len(path) > LONGEST_PATH:
        return None
    if _has_messages(request):
        return None
    version = content_version.current()
    if version is None:
        return None
    key = _key(request, path, version)
    shell = caches["pages"].get(key)
    if shell is None:
        at = timezone.now()
        shell = _render(request, path)
        if shell is None:
            return None
        caches["pages"].set(key, shell, _seconds_kept(at))
    return shell.answer(request)


def _seconds_kept(at: datetime) -> float:
    return max((next_change(at) - at).total_seconds(), 0)


def _key(request: HttpRequest, path: str, version: UUID) -> str:
    who = "in" if _is_signed_in(request) else "out"
    return f"{version.hex}:{who}:{path}"


def _has_cookie(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _is_signed_in(request: HttpRequest) -> bool:
    return _has_cookie(request) and request.user.is_authenticated


def _has_messages(request: HttpRequest) -> bool:
    return _has_cookie(request) and len(get_messages(request)) > 0


def _render(request: HttpRequest, path: str) -> Shell | None:
    nobody = _bare(request)
    found = Page.route_for_request(nobody, path)
    if found is None:
        raise Http404
    page, args, kwargs = found
    if page.get_view_restrictions().exists():
        return None
    response = page.serve(nobody, *args, **kwargs)
    if isinstance(response, TemplateResponse):
        response.render()
    if response.status_code != 200 or _has_token(nobody):
        return None
    nonce = str(request.csp_nonce)  # type: ignore[attr-defined]
    return _cut(response.content.decode(), nonce, nobody.holes)


def _bare(request: HttpRequest) -> Any:
    """A copy of the request without the visitor in it."""
    bare: Any = copy.copy(request)
    bare.META = {
        name: value
        for name, value in request.META.items()
        if name not in {"HTTP_COOKIE", "QUERY_STRING", "CSRF_COOKIE"}
        and not name.startswith("HTTP_HX_")
    }
    bare.COOKIES = {}
    bare.GET = QueryDict()
    bare.session = import_module(settings.SESSION_ENGINE).SessionStore()
    bare.user = Somebody() if _is_signed_in(request) else AnonymousUser()
    bare._messages = []
    bare.holes = Holes()
    # Worked out from the headers before, for htmx's requests too.
    bare.__dict__.pop("headers", None)
    return bare


def _has_token(bare: Any) -> bool:
    """Whether a form's secret is in the page, so that it must not be kept."""
    if "CSRF_COOKIE" not in bare.META:
        return False
    log.warning("%s holds a form with a token: it is not kept.", bare.path)
    return True


def _cut(html: str, nonce: str, holes: Holes) -> Shell:
    """Cut the HTML at its holes."""
    pieces: list[str] = []
    fills: list[Fill | None] = []
    for index, part in enumerate(html.split(f"<!--{holes.mark}:")):
        if index:
            number, _, part = part.partition("-->")
            fills.append(holes.fills[int(number)])
        for nth, piece in enumerate(part.split(nonce)):
            if nth:
                fills.append(None)
            pieces.append(piece)
    return Shell(pieces, fills)
