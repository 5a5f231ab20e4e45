"""Live times, as fragments that public pages host."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from booking.openings.forms import read_limit, read_wanted, read_whom
from booking.openings.queries import doctor_card, soonest_entries
from clinic.doctors.models import Doctor
from foundation import doors

# A time that has gone may be offered this long, and not longer.
LIVE_SECONDS = 0.9
LONGEST_KEY = 300

# Ids of the parts whose own links and forms ask again.
OWN_TARGETS = ("results", "doctor-times")

View = Callable[..., HttpResponse]


def live(view: View) -> View:
    """A fragment that is the same for everybody who asks within the same second.

    Browsers and proxies keep nothing. For htmx the page's address follows the
    fragment's question, so that it can be shared and gone back to.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = urlencode(sorted(pair for pair in _pairs(request) if pair[1]))
        key = f"{request.path}?{asked}"
        body = caches["live"].get(key) if len(key) <= LONGEST_KEY else None
        if body is None:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and len(key) <= LONGEST_KEY:
                caches["live"].set(key, response.content, LIVE_SECONDS)
        else:
            response = HttpResponse(body)
        patch_cache_control(response, private=True, no_store=True)
        host = urlsplit(request.headers.get("HX-Current-URL", "")).path
        if host and request.headers.get("HX-Target") in OWN_TARGETS:
            response["HX-Push-Url"] = f"{host}?{asked}" if asked else host
        return response

    return wrapper


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


@doors.everybody("free times", "read")
@live
def doctor_times(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A listed doctor's booking card: what for, and the next days with times."""
    at = timezone.now()
    doctors = Doctor.objects.listed(at.date())
    doctor = get_object_or_404(doctors, public_id=public_id)
    card = doctor_card(doctor, read_wanted(request.GET), at=at)
    return render(request, "booking/openings/_doctor_times.html", {"card": card})


@doors.everybody("free times", "read")
@live
def next_free(request: HttpRequest) -> HttpResponse:
    """The doctors who can be seen first: of a specialty, a location, or those named.

    Query: `specialty` and `location` (slugs), `doctor` (public ids, may repeat),
    `limit` (1 to 12, 3 unless said), `style` ("rows" for lines instead of cards).
    """
    asked = request.GET
    whom = read_whom(asked)
    entries = soonest_entries(whom, limit=read_limit(asked), at=timezone.now())
    context = {
        "entries": entries,
        "rows": asked.get("style") == "rows",
        "specialty": whom.specialty,
        "location": whom.location,
    }
    return render(request, "booking/openings/_next_free.html", context)
