"""Rooms and equipment at work: how much they are used, what does not fit, and what is
out of order."""

import csv
import io
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.users.queries import signed_in_user
from booking.appointments.services import give_fitting
from booking.occupancy.queries import Line, occupancy
from clinic.locations.models import Location
from clinic.resources.models import Outage
from clinic.resources.services import add_outage, remove_outage
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.permissions import require
from foundation.spreadsheets import safe_row
from portal.dashboards.front_desk.queries import locations_of_desk
from portal.dashboards.occupancy.forms import DAY, WEEK, OutageForm, ShownForm
from portal.dashboards.occupancy.queries import as_sheet, outages_at, unfits
from portal.dashboards.visits.views import found_visit


@doors.permitted("booking.view_occupancy", "rooms and equipment", "see their use")
@private
def occupancy_page(request: HttpRequest) -> HttpResponse:
    """A day or a week of one location. `?as=csv` is the same as a file."""
    places = locations_of_desk(request.user)
    shown = ShownForm(request.GET, locations=places)
    location = shown.place
    if location is None:
        return render(request, "portal/occupancy/occupancy.html", {"shown": shown})
    return _page(request, location, shown)


def _page(
    request: HttpRequest,
    location: Location,
    shown: ShownForm,
    form: OutageForm | None = None,
) -> HttpResponse:
    at = timezone.now()
    today = local(at, location.time_zone).date()
    days = shown.days(today)
    lines = occupancy(location, days, at=at)
    if request.GET.get("as") == "csv":
        return _file(location, lines, days)
    step = timedelta(days=len(days))
    span = DAY if shown.is_day else WEEK
    # What is shown stands in the boxes too.
    day = shown.day_or(today).isoformat()
    shown.data = {"location": location.slug, "span": span, "day": day}
    context = {
        "shown": shown,
        "is_choice": len(shown.places) > 1,
        "location": location,
        "zone": location.time_zone,
        "days": days,
        "before": days[0] - step,
        "after": days[0] + step,
        "lines": lines,
        "unfits": unfits(request.user, location, at=at),
        "outages": outages_at(location, at=at),
        "form": form or OutageForm(location=location),
        "query": f"location={location.slug}&span={span}",
        "at": at,
    }
    status = 422 if form is not None else 200
    return render(request, "portal/occupancy/occupancy.html", context, status=status)


def _file(location: Location, lines: list[Line], days: list[date]) -> HttpResponse:
    out = io.StringIO()
    sheet = csv.writer(out)
    for row in as_sheet(lines):
        sheet.writerow(safe_row(row))
    name = f"rooms-{location.slug}-{days[0].isoformat()}.csv"
    return HttpResponse(
        # The mark tells spreadsheets that it is UTF-8.
        "\ufeff" + out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@doors.permitted("booking.view_occupancy", "outages", "add", doors.POST)
@private
def out_of_order(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A room or a piece of equipment of the location is out of order for a while."""
    here = locations_of_desk(request.user)
    location = get_object_or_404(here, public_id=public_id)
    form = OutageForm(request.POST, location=location)
    if form.is_valid():
        made = add_outage(actor=signed_in_user(request), **form.content)
        name = made.room or made.equipment
        messages.success(request, f"{name} is given to no new visit in this time.")
        return _back(location)
    shown = ShownForm({"location": location.slug}, locations=here)
    return _page(request, location, shown, form)


@doors.permitted("booking.view_occupancy", "outages", "remove", doors.POST)
@private
def in_order(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """It is in order again."""
    here = locations_of_desk(request.user)
    rows = Outage.objects.select_related("room__location", "equipment__location")
    outage = get_object_or_404(rows, public_id=public_id)
    resource = outage.room or outage.equipment
    location = get_object_or_404(here, pk=resource.location_id if resource else 0)
    remove_outage(actor=signed_in_user(request), outage=outage)
    messages.success(request, f"{resource} is in order.")
    return _back(location)


@doors.permitted("accounts.work_in_care", "appointments", "fit rooms", doors.POST)
@private
def fit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give a visit a room and equipment that fit, in one press."""
    visit = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", visit)
    try:
        made = give_fitting(actor=request.user, appointment=visit, at=timezone.now())
    except Refused as refused:
        messages.error(request, f"{visit.reference}: {refused}")
    else:
        made.refresh_from_db(fields=["room"])
        where = made.room.name if made.room else "no room, as it needs none"
        messages.success(request, f"{visit.reference} is now in {where}.")
    return _back(visit.location)


def _back(location: Location) -> HttpResponse:
    return redirect(f"{reverse('workspace:occupancy')}?location={location.slug}")
