"""The site search."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control

from clinic_pages.facts import clinic_today
from foundation import doors
from foundation.caching import private
from search.queries import LONGEST, find
from search.queries import suggestions as suggest


@doors.everybody("public pages", "search")
@private
def search(request: HttpRequest) -> HttpResponse:
    """Pages that match what was typed, in groups."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    found = find(typed, today=clinic_today(timezone.now()))
    context = {
        "found": found,
        "longest": LONGEST,
        "crumbs": [{"label": "Home", "url": "/"}],
    }
    return render(request, "search/search.html", context)


@doors.everybody("public pages", "search")
@cache_control(private=True, max_age=60)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options for a search box, while somebody types."""
    words = suggest(request.GET.get("q", ""))
    return render(request, "search/_suggestions.html", {"words": words})
