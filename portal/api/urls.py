"""/api/: the first version of what programs may read."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from foundation.problems import problem
from portal.api.queries import UnknownRow
from portal.api.views import nothing_here, router

api = NinjaAPI(
    title="MedConsult",
    version="1",
    description=(
        "What programs may read for people who allow it. Programs are let in by OAuth "
        "2: see /.well-known/oauth-authorization-server."
    ),
    urls_namespace="api",
    docs_url=None,
)
api.add_router("", router)


@api.exception_handler(ValidationError)
def _wrong_parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which parameters, and what is wrong with them; not what was sent."""
    wrong = [
        {"name": str(one["loc"][-1]), "detail": one["msg"]} for one in error.errors
    ]
    return problem(422, "Some parameters can't be read.", errors=wrong)


@api.exception_handler(UnknownRow)
def _unknown_row(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(422, "There is no such row in this list: after.")


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404, "There is nothing here.")


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, "This is not allowed.")


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api.urls),
    re_path(r"^(?P<rest>.*)$", nothing_here, name="api_nothing"),
]
