"""The door of the CMS."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.defaults import permission_denied

PREFIX = "/cms/"
# The CMS carries inline scripts and styles of its own. What it must not do all the same
# is speak to anybody else, be framed by anybody else, or be told where its base is.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ]
)


class CmsDoor:
    """Lets nobody in who has no editorial role, and gives the CMS its own policy.

    Who is not signed in is sent to sign in by the CMS itself. Who is, without the
    role, gets a plain refusal: sending them to sign in again would go in circles.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self.get_response(request)
        user = request.user
        if user.is_authenticated and not user.has_perm("wagtailadmin.access_admin"):
            response: HttpResponse = permission_denied(request, PermissionDenied())
        else:
            response = self.get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response
