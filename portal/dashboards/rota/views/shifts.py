"""Planning a shift, changing and ending it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.rota.models import ONE_DAY, Shift
from clinic.rota.permissions import (
    locations_planned_by,
    people_planned_by,
    visible_to,
)
from clinic.rota.queries import concerns, duties
from clinic.rota.queries.duties import weeks_from
from clinic.rota.services import change_shift, end_shift, plan_shifts, skip_day
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import day_date, local, plural
from foundation.permissions import require
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.rota.forms import ChangeForm, PlanForm, key_of
from portal.dashboards.rota.queries import bookable_then
from portal.dashboards.rota.views.weeks import address


@doors.permitted("clinic.plan_rota", "rota", "plan a shift", doors.FORM)
@private
def plan(request: HttpRequest) -> HttpResponse:
    """Plan somebody, on a day or every week. What cannot be is said beside the box;
    what somebody should know is said first."""
    locations = locations_planned_by(request.user)
    asked = locations.filter(slug=request.GET.get("location", "")).first()
    location = asked or locations.first()
    at = timezone.now()
    today = local(at, location.time_zone).date() if location else timezone.localdate()
    form = PlanForm(
        request.POST or None,
        people=people_planned_by(request.user),
        locations=locations,
        initial={
            "location": location.slug if location else None,
            "first_day": max(read_day(request.GET.get("day", "")) or today, today),
        },
    )
    said: list[str] = []
    if request.method == "POST" and form.is_valid():
        said = _unread(request, form)
        made = [] if said else _try(form, request, plan_shifts)
        if made:
            messages.success(
                request, f"{made[0].user} is planned: {plural(len(made), 'shift')}."
            )
            return redirect(address(made[0].location, made[0].valid_from))
    context = {"form": form, "location": location, **_question(said)}
    return render(
        request, "portal/rota/plan.html", context, status=422 if form.errors else 200
    )


def _unread(request: HttpRequest, form: PlanForm | ChangeForm) -> list[str]:
    """What there is to know that this person has not read yet."""
    found = [
        words for one in form.planned for words in concerns(one) + bookable_then(one)
    ]
    # What is true of several weekdays is said once.
    said = list(dict.fromkeys(found))
    has_read = request.POST.get("confirmed", "") == key_of(said)
    return [] if has_read else said


def _question(said: list[str]) -> dict[str, Any]:
    return {"concerns": said, "confirmed": key_of(said)}


def _try(form: Any, request: HttpRequest, service: Any, **more: Any) -> Any:
    """What the service makes of the form; None where it refuses, with the reason beside
    its box."""
    try:
        return service(
            actor=signed_in_user(request), at=timezone.now(), **form.content, **more
        )
    except Refused as refusal:
        form.refuse(refusal)
        return None


def _found(request: HttpRequest, public_id: UUID) -> Shift:
    """A shift that this person plans. What they may not see does not exist."""
    rows = visible_to(request.user).select_related("user", "location")
    found = get_object_or_404(rows, public_id=public_id)
    require(request.user, "clinic.plan_rota", found)
    return found


def _day(request: HttpRequest, found: Shift) -> date:
    """The day asked for, where it is one of the shift's; else its first from today on,
    or that on which it began."""
    asked = read_day(request.GET.get("day", "") or request.POST.get("day", ""))
    if asked is not None and found.falls_on(asked):
        return asked
    today = local(timezone.now(), found.location.time_zone).date()
    coming = weeks_from(max(today, found.valid_from), 1)
    return next((day for day in coming if found.falls_on(day)), found.valid_from)


@doors.permitted("clinic.plan_rota", "rota", "change a shift", doors.FORM)
@private
def shift(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One shift, as it is on a day: other times from then on, not on that day, or no
    more."""
    found = _found(request, public_id)
    day = _day(request, found)
    today = local(timezone.now(), found.location.time_zone).date()
    form = ChangeForm(request.POST or None, shift=found, day=max(day, today))
    said: list[str] = []
    if request.method == "POST" and form.is_valid():
        said = _unread(request, form)
        changed = None if said else _try(form, request, change_shift, shift=found)
        if changed is not None:
            messages.success(request, f"The shift of {changed.user} is changed.")
            return redirect(address(found.location, day))
    context = {
        "form": form,
        "shift": found,
        "location": found.location,
        "day": day,
        "last": found.valid_until - ONE_DAY if found.valid_until else None,
        "duty": next(iter(duties([found], [day])), None),
        "is_past": day < today,
        "has_begun": found.valid_from < max(day, today),
        "back": address(found.location, day),
        **_question(said),
    }
    return render(
        request, "portal/rota/shift.html", context, status=422 if form.errors else 200
    )


@doors.permitted("clinic.plan_rota", "rota", "leave a shift out", doors.POST)
@private
def shift_skip(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Not on this day."""
    found = _found(request, public_id)
    day = _day(request, found)
    _do(
        request,
        f"{found.user} does not work this shift on {day_date(day)}.",
        skip_day,
        shift=found,
        day=day,
    )
    return redirect(address(found.location, day))


@doors.permitted("clinic.plan_rota", "rota", "end a shift", doors.POST)
@private
def shift_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """No more from this day on."""
    found = _found(request, public_id)
    day = _day(request, found)
    _do(
        request,
        f"{found.user} no longer works this shift from {day_date(day)} on.",
        end_shift,
        shift=found,
        from_date=day,
    )
    return redirect(address(found.location, day))


def _do(request: HttpRequest, done: str, service: Any, **arguments: Any) -> None:
    try:
        service(actor=signed_in_user(request), at=timezone.now(), **arguments)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
