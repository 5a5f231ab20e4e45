"""Holding requests to the limits, and the page that says so."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.sessions.services import LONGEST_FORM, SECRET_FIELDS
from foundation.addresses import client_address, network_of
from foundation.formats import wait_words
from foundation.problems import problem
from portal.api.middleware import is_api, token_id_of
from portal.limits.queries import limit_of
from portal.limits.services import seconds_to_wait
from portal.presence import is_by_script

# What allauth counts itself, it does not say for how long: most of it for a minute.
USUAL_WAIT = 60


class Limits:
    """Refuses with 429 what is done too often, before any view runs, and says when it
    may be done again, also where a view refuses it. A form comes back with everything
    that was typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(USUAL_WAIT))
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Count the request where a limit names it."""
        limit = limit_of(request)
        if limit is None:
            return None
        wait = seconds_to_wait(
            limit=limit,
            person_id=request.user.pk,
            address=network_of(client_address(request)),
            at=timezone.now(),
            token_id=token_id_of(request),
            session_key=request.session.session_key,
        )
        return too_often(request, wait=wait) if wait else None


def too_often(request: HttpRequest, *, wait: int) -> HttpResponse:
    """Wait `wait` seconds; then send the same form again."""
    if is_api(request):
        response = problem(429, f"Wait {wait} seconds, then ask again.")
    elif is_by_script(request) or request.resolver_match is None:
        words = f"Wait {wait} seconds, then try again. Nothing is lost.\n"
        response = HttpResponse(words, status=429, content_type="text/plain")
    else:
        response = render(
            request,
            "429.html",
            {
                "wait": wait_words(wait),
                "again": request.get_full_path(),
                "fields": typed_fields(request),
                "had_files": bool(request.FILES),
                "is_form": request.method == "POST",
            },
            status=429,
        )
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "private, no-store"
    return response


def typed_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What a form brought, so that it can be sent again: no passwords, no codes, and
    nothing at all where it is too long."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if not any(secret in name.lower() for secret in SECRET_FIELDS)
        for value in values
        if isinstance(value, str)
    ]
    long = sum(len(name) + len(value) for name, value in fields) > LONGEST_FORM
    return [] if long else fields
