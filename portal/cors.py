"""Which other sites' scripts may read the API: those on a list, none unless set."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

API = "/api/"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Prefer"
SECONDS = "600"


class Cors:
    """Answers browsers that ask whether a script of CORS_ALLOWED_ORIGINS may call the
    API. Only under /api/, only by token: no cookie ever counts there for another site.
    Whoever is not on the list gets no word, and its browser keeps the answer from it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        origin = request.headers.get("Origin", "")
        is_allowed = origin in settings.CORS_ALLOWED_ORIGINS
        asks_first = (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
        )
        if asks_first:
            response = HttpResponse(status=204)
            if is_allowed:
                response["Access-Control-Allow-Methods"] = METHODS
                response["Access-Control-Allow-Headers"] = HEADERS
                response["Access-Control-Max-Age"] = SECONDS
        else:
            response = self.get_response(request)
        if is_allowed:
            response["Access-Control-Allow-Origin"] = origin
            # Readable from there in spite of the policy that all pages carry.
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
        patch_vary_headers(response, ["Origin"])
        return response
