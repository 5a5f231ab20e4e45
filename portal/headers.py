"""What every answer tells the browser, beside the content policy and what Django's own
middleware says: errors, refusals and files included."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.promises import HEADERS, NO_PAGE
from portal.sessions import SessionStore

# Letters show the clinic's pictures in whatever program people read them with.
SHARED = ("/media/", "/static/")
# The CMS opens previews and choosers of its own, with inline scripts.
CMS = "/cms/"


class Headers:
    """The outermost layer: adds what is missing, changes nothing that a view chose.

    Whatever was made for somebody who is signed in is never stored by a browser or a
    cache: `private, no-store`, whether or not its view thought of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        shared = request.path.startswith(SHARED)
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy", "cross-origin" if shared else "same-origin"
        )
        if settings.IN_CMS and request.path.startswith(CMS):
            del response.headers["Cross-Origin-Embedder-Policy"]
        else:
            response.headers.setdefault("Content-Security-Policy", NO_PAGE)
            response.headers.setdefault("X-Frame-Options", "DENY")
        if _is_private(request):
            response.headers["Cache-Control"] = "private, no-store"
        return response


def _is_private(request: HttpRequest) -> bool:
    if settings.IN_CMS:
        return request.path.startswith(CMS)
    session = getattr(request, "session", None)
    return isinstance(session, SessionStore) and session.ends_at() is not None
