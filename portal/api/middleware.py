"""What is different under /api/: programs call, by token, and are answered in JSON."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.tokens.models import Authorisation
from accounts.tokens.queries import find_access, is_good, session_ref
from accounts.tokens.services import note_refusal, note_use
from foundation.addresses import client_address
from foundation.problems import become_problem, problem
from foundation.scene import current_scene

API = "/api/"
SAFE = {"GET", "HEAD", "OPTIONS"}
# Said where something further in answered with a page.
WORDS = {
    400: "The request can't be read.",
    403: "This is not allowed.",
    404: "There is nothing here.",
    405: "This method is not taken here.",
    411: "The request does not say how long it is.",
    413: "The request is too large.",
    500: "Something went wrong with us. Nothing was told; try again later.",
    503: "Try again later.",
}


class Api:
    """Takes cookies away, knows people by their tokens, and turns pages of errors into
    problem documents.

    Without cookies no browser that is signed in can be made to call the API for another
    site. A token stands for its person here and nowhere else; one that is brought and
    is no good is refused, also where none is needed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        is_page = "json" not in response.get("Content-Type", "")
        if response.status_code >= 400 and is_page:
            words = WORDS.get(response.status_code, WORDS[400])
            become_problem(response, words)
        response.cookies.clear()
        response.headers["Cache-Control"] = "private, no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Who calls: the person of the token, within what it allows, or a visitor."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not is_api(request) or scheme.lower() != "bearer":
            return None
        at, is_safe = timezone.now(), request.method in SAFE
        held = find_access(token.strip(), at=at)
        if held is None or not is_good(held, at=at):
            if held is not None:
                note_refusal(authorisation=held, is_safe=is_safe)
            return _no_token("invalid_token", "The access token is no good any more.")
        scene = current_scene()
        request.user = held.user
        request.authorisation = held  # type: ignore[attr-defined]
        if scene is not None:
            scene.session_ref = lambda: session_ref(held)
        note_use(
            authorisation=held, address=client_address(request), is_safe=is_safe, at=at
        )
        return None


def is_api(request: HttpRequest) -> bool:
    """Whether a program is being answered."""
    return request.path.startswith(API)


def authorisation_of(request: HttpRequest) -> Authorisation | None:
    """By what a program acts; None for browsers and for those without a token."""
    return getattr(request, "authorisation", None)


def token_id_of(request: HttpRequest) -> int | None:
    """The key of that, for counting."""
    held = authorisation_of(request)
    return held.pk if held else None


def refusal_of_token(request: HttpRequest, scope: str) -> HttpResponse | None:
    """None where the request brought a token with exactly this scope, else the answer
    (RFC 6750, 3)."""
    held = authorisation_of(request)
    if held is None:
        return _no_token("", "Bring an access token.")
    if scope in held.scopes:
        return None
    response = problem(403, "The token was not given this scope.", scope=scope)
    response["WWW-Authenticate"] = (
        f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
    )
    return response


def _no_token(error: str, words: str) -> HttpResponse:
    response = problem(401, words)
    more = f', error="{error}"' if error else ""
    response["WWW-Authenticate"] = f'Bearer realm="api"{more}'
    return response
