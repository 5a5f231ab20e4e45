"""What hangs on the wall."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRefresh

from booking.queue.queries import calls_at, screen_of
from foundation import doors


@doors.everybody("displays", "read by signed address")
@never_cache
def screen(request: HttpRequest, key: str) -> HttpResponse:
    """Who is called where, by numbers. Opens by its address alone, needs no session and
    asks anew by itself; an address that was ended says so."""
    htmx: Any = getattr(request, "htmx", None)
    found = screen_of(key)
    if found is None:
        if htmx:
            return HttpResponseClientRefresh()
        return render(request, "booking/queue/screen_over.html", status=410)
    calls = calls_at(found.location, at=timezone.now())
    name = "_screen" if htmx else "screen"
    context = {
        "key": key,
        "last": calls[0] if calls else None,
        "calls": calls[1:],
        "text": found.location.wall_text,
    }
    return render(request, f"booking/queue/{name}.html", context)
