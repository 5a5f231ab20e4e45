"""My health: a patient's pages that read from every room."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.proxies.models import Scope
from accounts.proxies.queries import (
    choices_of,
    reaches,
    viewed_or_404,
    viewed_patient,
)
from accounts.users.queries import landing_path
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.formats import local
from foundation.instants import read_instant
from portal.dashboards.my_health.queries import KINDS, PAYMENTS, home, story

A_PAGE = 30
# Until which hour; nobody is wished a good evening at three in the morning.
NIGHT = "Hello"
GREETINGS = (
    (5, NIGHT), (12, "Good morning"), (18, "Good afternoon"), (22, "Good evening"),
)  # fmt: skip


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """Where somebody belongs who is no patient here (yet)."""
    start = landing_path(request.user)
    if start == "/portal/" and choices_of(request.user):
        return redirect("accounts:family")
    return redirect("accounts:profile" if start == "/portal/" else start)


@doors.signed_in("own record", "read")
@private
def my_home(request: HttpRequest) -> HttpResponse:
    """What is next, and what needs doing."""
    patient = viewed_patient(request)
    if patient is None:
        return _elsewhere(request)
    at = timezone.now()
    zone = patient.time_zone or current().time_zone
    return render(
        request,
        "portal/my_health/home.html",
        {
            "patient": patient,
            "page": home(
                request.user,
                patient,
                at=at,
                shows=frozenset(scope for scope in Scope if reaches(request, scope)),
            ),
            "books": reaches(request, Scope.BOOK),
            "messages_shown": reaches(request, Scope.MESSAGES),
            "record": reaches(request, Scope.RECORDS),
            "greeting": _greeting(at, zone),
            "at": at,
            "zone": zone,
        },
    )


def _greeting(at: datetime, zone: str) -> str:
    """What people say to each other at that hour in `zone`, an IANA name."""
    hour = local(at, zone).hour
    for until, words in GREETINGS:
        if hour < until:
            return words
    return NIGHT


@doors.signed_in("own record", "read")
@private
def my_story(request: HttpRequest) -> HttpResponse:
    """The timeline; `?type=` shows one kind, `?before=` what is older."""
    if viewed_patient(request) is None:
        return _elsewhere(request)
    patient = viewed_or_404(request, Scope.RECORDS, Scope.MONEY)
    kinds = _kinds(request)
    kind = request.GET.get("type", "")
    before = read_instant(request.GET.get("before", ""))
    # One more than a page tells whether there is more.
    entries = story(
        request.user,
        patient,
        kinds=[kind] if kind in kinds else list(kinds),
        before=before,
        limit=A_PAGE + 1,
    )
    return render(
        request,
        "portal/my_health/story.html",
        {
            "entries": entries[:A_PAGE],
            "more_before": entries[A_PAGE - 1].at if len(entries) > A_PAGE else None,
            "kinds": kinds,
            "kind": kind if kind in kinds else "",
            "before": before,
            "zone": patient.time_zone or current().time_zone,
        },
    )


def _kinds(request: HttpRequest) -> dict[str, str]:
    """What may stand in the story: money is apart from the record."""
    record, money = reaches(request, Scope.RECORDS), reaches(request, Scope.MONEY)
    return {
        name: words
        for name, words in KINDS.items()
        if (money if name == PAYMENTS else record)
    }
