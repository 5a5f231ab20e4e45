"""Parts of other apps in a page, called on the server by their address.

The page knows an address and what to say when nothing answers; it never imports the
app. The view's door is asked and the view itself checks who may see what, so publishing
a page cannot leak.
"""

import copy
import http.client
import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import resolve
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_htmx.middleware import HtmxDetails

from portal.doors import door_of, opens

log = logging.getLogger(__name__)

# For a preview in the CMS: sooner a link than an editor who waits.
FETCH_SECONDS = 3
LONGEST_ANSWER = 1_000_000

# What a fragment's form needs on the visitor's own request to set its cookie.
TOKEN = ("CSRF_COOKIE", "CSRF_COOKIE_NEEDS_UPDATE")


@dataclass(frozen=True)
class Fragment:
    """A part to be called: its path, fixed question, and the link in its place.

    With `passes_query` the page's own question is handed on, so that the page's
    address says what the part shows.
    """

    path: str
    query: str
    link: str
    words: str
    passes_query: bool = False

    def address(self, request: HttpRequest) -> str:
        """Path and question for this visitor's request."""
        asked = request.GET.urlencode() if self.passes_query else ""
        query = "&".join(filter(None, [self.query, asked]))
        return f"{self.path}?{query}" if query else self.path


def fill(fragment: Fragment, request: HttpRequest) -> SafeString:
    """The fragment's HTML for this visitor, or a plain link where it has none now.

    The element says what to ask for when the visitor comes back (js/refresh.js).
    """
    html = answer(request, fragment.address(request))
    shown = (
        format_html(
            '<p class="mc-fragment__link"><a class="btn btn-secondary" href="{}">{}</a>'
            "</p>",
            fragment.link,
            fragment.words,
        )
        if html is None
        else mark_safe(html)  # noqa: S308 rendered by our template  # nosec B308, B703
    )
    return format_html(
        '<div class="mc-fragment" data-live="{}"{}>{}</div>',
        f"{fragment.path}?{fragment.query}" if fragment.query else fragment.path,
        mark_safe(" data-live-query")  # a constant  # nosec B308
        if fragment.passes_query
        else "",
        shown,
    )


def answer(request: HttpRequest, address: str) -> str | None:
    """Call the view at `address` (a path of this site, GET) as the visitor.

    None when it refuses, does not exist, redirects or fails; a failure is logged. With
    FETCH_FRAGMENTS, which is the CMS, the site is asked over HTTP as a stranger would.
    """
    if settings.FETCH_FRAGMENTS:
        return fetch(address)
    path, _, query = address.partition("?")
    try:
        match = resolve(path)
        if not opens(door_of(match.func, match.route, match.view_name), request.user):
            return None
        with _savepoint():
            inner = _inner(request, path, query, match)
            response = match.func(inner, *match.args, **match.kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
    except (Http404, PermissionDenied):
        return None
    except Exception:
        # Whatever goes wrong in a part must not take the page down with it.
        log.exception("The part at %s failed", path)
        return None
    for name in TOKEN:
        if name in inner.META:
            request.META[name] = inner.META[name]
    return _text(response)


def fetch(address: str) -> str | None:
    """What the site answers to anybody at `address`, a path of its own.

    Without a cookie, so without knowing for whom. None when there is no good answer
    within a few seconds.
    """
    site = urlsplit(settings.SITE_URL)
    at = urlsplit(settings.SITE_INTERNAL_URL or settings.SITE_URL)
    is_secure = at.scheme == "https"
    kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
    link = kind(at.hostname or "", at.port, timeout=FETCH_SECONDS)
    headers = {
        "Host": site.netloc,
        "X-Forwarded-Proto": site.scheme,
        "HX-Request": "true",
        "Accept": "text/html",
    }
    try:
        link.request("GET", address, headers=headers)
        response = link.getresponse()
        body = response.read(LONGEST_ANSWER)
    except (OSError, http.client.HTTPException):
        log.warning("The site does not answer at %s", address.partition("?")[0])
        return None
    finally:
        link.close()
    return body.decode(errors="replace") if response.status == 200 else None


def _text(response: HttpResponse) -> str | None:
    if response.status_code != 200 or response.streaming:
        return None
    return response.content.decode(response.charset)


def _savepoint() -> AbstractContextManager[Any]:
    # A failed query would spoil a transaction that the page is in; where it is in
    # none, one round trip is saved by opening none.
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def _inner(request: HttpRequest, path: str, query: str, match: Any) -> Any:
    """The request as the fragment's view sees it: the visitor's own session and
    cookies, as if htmx had asked from the page."""
    inner: Any = copy.copy(request)
    inner.META = {
        **request.META,
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": request.build_absolute_uri(),
    }
    inner.method = "GET"
    inner.path = inner.path_info = path
    inner.GET = QueryDict(query)
    inner.POST = QueryDict()
    inner.resolver_match = match
    inner.__dict__.pop("headers", None)
    inner.__dict__.pop("holes", None)
    inner.htmx = HtmxDetails(inner)
    return inner
