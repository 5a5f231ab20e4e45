"""Everybody's visits of a day."""

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.imports.queries import count_failing
from clinic.identity.queries import current
from clinic.rota.queries import present_at
from foundation import doors
from foundation.caching import private
from foundation.formats import local
from notifications.deliveries.queries import failed_deliveries
from portal.dashboards.front_desk.forms import (
    DeskFilterForm,
)
from portal.dashboards.front_desk.queries import (
    locations_of,
    rows_of,
    visits_on,
)
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.strays.queries import strays_for

A_PAGE = 60


@doors.permitted("booking.view_desk", "appointments", "list at places")
@private
def desk(request: HttpRequest) -> HttpResponse:
    """The visits of a day at the user's places; htmx gets the list alone."""
    at, zone = timezone.now(), current().time_zone
    locations = locations_of(request.user)
    today = local(at, zone).date()
    shown = read_day(request.GET.get("date", "")) or today
    asked = {**request.GET.dict(), "date": shown.isoformat()}
    form = DeskFilterForm(asked, locations=locations)
    location, doctor = form.chosen("location"), form.chosen("doctor")
    places = locations.filter(pk=location.pk) if location else locations
    visits = visits_on(
        request.user,
        day=shown,
        zone=location.time_zone if location else zone,
        locations=places,
        doctor_id=doctor.pk if doctor else None,
        status=form.chosen("status") or "",
        words=form.chosen("q") or "",
    )
    page = Paginator(visits, A_PAGE).get_page(request.GET.get("page"))
    htmx: Any = getattr(request, "htmx", None)
    return render(
        request,
        "portal/front_desk/_list.html" if htmx else "portal/front_desk/desk.html",
        {
            "form": form,
            "rows": rows_of(request.user, list(page.object_list), at=at),
            "page_obj": page,
            "shown": shown,
            "today": today,
            "before": shown - timedelta(days=1),
            "after": shown + timedelta(days=1),
            "at": at,
            "zone": zone,
            "present": [] if htmx else present_at(places, shown),
            "unread": 0 if htmx else count_failing(request.user),
            "failed": 0 if htmx else _failed(request),
            "outside": 0 if htmx else strays_for(request.user, at=at).unsettled,
        },
    )


def _failed(request: HttpRequest) -> int:
    if not request.user.has_perm("notifications.settle_failure"):
        return 0
    return failed_deliveries(request.user).count()
