"""Days on which somebody is away."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.users.queries import signed_in_user
from clinic.identity.queries import current
from clinic.rota.models import ONE_DAY, DaysOff, Shift
from clinic.rota.permissions import people_planned_by, visible_to
from clinic.rota.queries import Duty, duties
from clinic.rota.queries.duties import of_day
from clinic.rota.services import add_days_off, remove_days_off
from foundation import doors, periods
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.permissions import require
from portal.dashboards.rota.forms import DaysOffForm
from portal.dashboards.rota.views.weeks import address


@doors.permitted("clinic.plan_rota", "rota", "say who is away", doors.FORM)
@private
def days_off(request: HttpRequest) -> HttpResponse:
    """Who is away, and saying so; what was planned then is shown first."""
    people = people_planned_by(request.user)
    form = DaysOffForm(request.POST or None, people=people)
    hit: list[Duty] = []
    if request.method == "POST" and form.is_valid():
        hit = _hit(request, form)
        if not hit or "confirmed" in request.POST:
            try:
                made = add_days_off(actor=signed_in_user(request), **form.content)
            except Refused as refusal:
                hit = []
                form.refuse(refusal)
            else:
                messages.success(request, f"{made.user} is away then.")
                return redirect("workspace:days_off")
    today = local(timezone.now(), current().time_zone).date()
    coming = DaysOff.objects.filter(
        user__in=people, shift=None, ends_date__gt=today
    ).select_related("user")
    context = {
        "form": form,
        "hit": hit,
        "coming": [
            (row, row.ends_date - ONE_DAY)
            for row in coming.order_by("starts_date", "user__last_name", "pk")
        ],
    }
    return render(
        request,
        "portal/rota/days_off.html",
        context,
        status=422 if form.errors else 200,
    )


def _hit(request: HttpRequest, form: DaysOffForm) -> list[Duty]:
    """What the person is planned for on these days, or in this part of one, as far as
    this user sees it."""
    content = form.content
    rows = visible_to(request.user).filter(user=content["user"])
    found = duties(rows.select_related("user", "location"), form.days)
    duty_on = [duty for duty in found if duty.is_on]
    if content["starts_time"] is None:
        return duty_on
    part = [of_day(content["starts_time"], content["ends_time"])]
    return [duty for duty in duty_on if periods.intersect(duty.spans, part)]


@doors.permitted("clinic.plan_rota", "rota", "take days off back", doors.POST)
@private
def days_off_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """They are here after all, or work this shift after all."""
    rows: Any = DaysOff.objects.select_related("user", "shift__location")
    mine = rows.filter(user__in=people_planned_by(request.user))
    found = get_object_or_404(mine, public_id=public_id)
    shift: Shift | None = found.shift
    if shift is not None:
        require(request.user, "clinic.plan_rota", shift)
    try:
        remove_days_off(actor=signed_in_user(request), days_off=found)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.user} works then as planned.")
    if shift is None:
        return redirect("workspace:days_off")
    return redirect(address(shift.location, found.starts_date))
