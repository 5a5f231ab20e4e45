"""The clinic gives a visit another time: its doctor, or the desk there."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from booking.appointments.models import Appointment, Status
from booking.appointments.services import SlotTaken
from booking.moves.services import keep_hour, move_for_patient
from clinic.visit_types.models import Offering
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local, short_date_time
from foundation.instants import read_instant
from foundation.permissions import require
from portal.dashboards.front_desk.queries import DAYS_SHOWN, times_by_day
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.visit_times.forms import TimeForm
from portal.dashboards.visit_times.queries import places
from portal.dashboards.visits.views import found_visit


@doors.permitted("accounts.work_here", "appointments", "give another time", doors.FORM)
@private
def visit_time(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The free times of the same doctor for the same kind of visit; POST moves. What is
    chosen stands in the address; only the last step posts."""
    visit = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", visit)
    if visit.status != Status.CONFIRMED:
        messages.error(request, "Only a visit that is booked can be moved.")
        return redirect("workspace:appointment", public_id=public_id)
    offered = places(request.user, visit)
    asked = request.GET.get("place", visit.location.slug)
    offering = next((one for one in offered if one.location.slug == asked), None)
    if offering is None:
        raise Http404
    if request.method == "POST":
        return _move(request, visit, offered, offering)
    return _page(request, visit, offered, offering)


def _page(
    request: HttpRequest,
    visit: Appointment,
    offered: list[Offering],
    offering: Offering,
    *,
    form: TimeForm | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    at, zone = timezone.now(), offering.location.time_zone
    today = local(at, zone).date()
    slot = read_instant(request.GET.get("slot", ""))
    near = local(visit.starts_at, zone).date()
    first = max(read_day(request.GET.get("from", "")) or near, today)
    if form is None and slot is not None:
        form = TimeForm(initial={"starts_at": slot.isoformat(), "key": uuid.uuid4()})
    assert visit.patient is not None  # noqa: S101
    context = {
        "appointment": visit,
        "patient": visit.patient,
        "offering": offering,
        "places": offered if len(offered) > 1 else [],
        "days": times_by_day(
            offering, patient=visit.patient, first=first, at=at, besides=visit.pk
        ),
        "before": first - timedelta(days=DAYS_SHOWN) if first > today else None,
        "after": first + timedelta(days=DAYS_SHOWN),
        "first": first,
        "form": form,
        "slot": slot,
        "refusal": refusal,
        "nearest": refusal.nearest if isinstance(refusal, SlotTaken) else [],
        "zone": zone,
        "at": at,
    }
    status = 409 if refusal else 422 if form and form.errors else 200
    return render(request, "portal/visit_times/visit_time.html", context, status=status)


def _move(
    request: HttpRequest,
    visit: Appointment,
    offered: list[Offering],
    offering: Offering,
) -> HttpResponse:
    form = TimeForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, offered, offering, form=form)
    data: dict[str, Any] = form.cleaned_data
    starts_at: datetime = data["starts_at"]
    try:
        move_for_patient(
            actor=request.user,
            appointment=visit,
            offering=offering,
            starts_at=starts_at,
            reason=data["reason"],
            at=timezone.now(),
            idempotency_key=data["key"],
        )
    except Refused as refusal:
        return _page(request, visit, offered, offering, form=form, refusal=refusal)
    when = short_date_time(starts_at, offering.location.time_zone, staff=True)
    messages.success(
        request, f"Moved to {when}. The patient is told, with your reason."
    )
    return redirect("workspace:appointment", public_id=visit.public_id)


@doors.permitted("accounts.work_here", "appointments", "give another time", doors.POST)
def visit_hour(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The clock's rules changed: keep the visit where it is, and tell the patient which
    hour that is now."""
    visit = found_visit(request, public_id)
    require(request.user, "booking.move_appointment", visit)
    try:
        keep_hour(actor=request.user, appointment=visit, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Kept. The patient is told the hour that it is now.")
    return redirect("workspace:appointment", public_id=public_id)
