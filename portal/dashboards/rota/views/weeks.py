"""The week of a location, and one's own."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.identity.queries import current
from clinic.locations.models import Location
from clinic.rota.permissions import locations_planned_by, locations_seen_by
from clinic.rota.queries import own_days
from clinic.rota.services import copy_week
from foundation import doors
from foundation.caching import private
from foundation.formats import local, plural
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.occupancy.forms import DAY, WEEK, ShownForm
from portal.dashboards.rota.queries import week

A_WEEK = timedelta(days=7)


@doors.permitted("clinic.view_rota", "rota", "see who works where")
@private
def rota(request: HttpRequest) -> HttpResponse:
    """A week, or a day, of one location: who is in, and when nobody is at the desk."""
    shown = ShownForm(request.GET, locations=locations_seen_by(request.user))
    location = shown.place
    if location is None:
        return render(request, "portal/rota/rota.html", {"shown": shown})
    today = local(timezone.now(), location.time_zone).date()
    asked = read_day(request.GET.get("day", "")) or today
    span = DAY if shown.is_day else WEEK
    # What is shown stands in the boxes too.
    shown = ShownForm(
        {"location": location.slug, "span": span, "day": asked.isoformat()},
        locations=locations_seen_by(request.user),
    )
    days = shown.days(today)
    step = timedelta(days=len(days))
    context = {
        "shown": shown,
        "is_choice": len(shown.places) > 1,
        "location": location,
        "days": week(location, days),
        "first": days[0],
        "last": days[-1],
        "before": days[0] - step,
        "after": days[0] + step,
        "today": today,
        "may_plan": request.user.has_perm("clinic.plan_rota", location),
        "may_copy": span == WEEK and days[-1] + A_WEEK >= today,
        "query": f"location={location.slug}&span={span}",
        "here": address(location, days[0]),
    }
    return render(request, "portal/rota/rota.html", context)


def address(location: Location, day: object) -> str:
    """The week of the location in which a day lies."""
    return f"{reverse('workspace:rota')}?location={location.slug}&day={day}"


@doors.permitted("clinic.plan_rota", "rota", "copy a week", doors.POST)
@private
def copy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Plan single days in the next week as in this one."""
    here = locations_planned_by(request.user)
    location = get_object_or_404(here, public_id=public_id)
    at = timezone.now()
    today = local(at, location.time_zone).date()
    day = read_day(request.POST.get("day", "")) or today
    monday = day - timedelta(days=day.weekday())
    copied = copy_week(
        actor=signed_in_user(request), location=location, monday=monday, at=at
    )
    done = len(copied.made)
    words = f"{plural(done, 'shift')} copied" if done else "Nothing had to be copied"
    messages.success(request, f"{words}. What comes each week is there by itself.")
    for left in copied.left:
        messages.warning(request, f"Not copied. {left}")
    return redirect(address(location, monday + A_WEEK))


@doors.permitted("accounts.work_here", "own week", "read")
@private
def my_week(request: HttpRequest) -> HttpResponse:
    """Where and when the person who looks works, whatever location that is at."""
    user = signed_in_user(request)
    today = local(timezone.now(), current().time_zone).date()
    day = read_day(request.GET.get("day", "")) or today
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(7)]
    context = {
        "days": own_days(user, days),
        "first": days[0],
        "last": days[-1],
        "before": monday - A_WEEK,
        "after": monday + A_WEEK,
        "today": today,
        "zone": current().time_zone,
        "at": timezone.now(),
    }
    return render(request, "portal/rota/my_week.html", context)
