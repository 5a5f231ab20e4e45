"""Booking a visit over another one: doctors their own time, the desk at its places."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import Patient
from accounts.patients.permissions import visible_to as visible_patients
from booking.appointments.models import Appointment
from booking.appointments.permissions import overbookable_by
from booking.appointments.queries import taken_times
from booking.appointments.services import RoomTaken, WhyOverbooked, overbook
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.permissions import require
from portal.dashboards.my_day.queries import bounds
from portal.dashboards.overbooking.forms import DayForm, OverbookForm

# At which answer a refusal stands; all others are about the time.
_BESIDE = ((RoomTaken, "room"), (WhyOverbooked, "why"))


@doors.permitted("booking.overbook", "appointments", "give a time twice", doors.FORM)
@private
def overbook_visit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What and on which day stand in the address; then when, where and why."""
    patient = get_object_or_404(visible_patients(request.user), public_id=public_id)
    today = local(timezone.now(), current().time_zone).date()
    day_form = DayForm(
        request.GET if "offering" in request.GET else None,
        offerings=overbookable_by(request.user),
        today=today,
        initial={"date": today},
    )
    if not day_form.is_valid():
        return _page(request, patient, day_form)
    offering, day = day_form.cleaned_data["offering"], day_form.cleaned_data["date"]
    require(request.user, "booking.overbook", offering)
    asked: dict[str, Any] = {"day": day, "location": offering.location}
    if request.method != "POST":
        form = OverbookForm(initial={"key": uuid.uuid4()}, **asked)
        return _page(request, patient, day_form, form)
    form = OverbookForm(request.POST, **asked)
    made = _overbooked(request, form, patient, offering) if form.is_valid() else None
    if made is None:
        return _page(request, patient, day_form, form)
    messages.success(request, _said(made))
    return redirect("workspace:appointment", public_id=made.public_id)


def _overbooked(
    request: HttpRequest, form: OverbookForm, patient: Patient, offering: Any
) -> Appointment | None:
    """The visit; None with the refusal beside the answer that it is about."""
    data = form.cleaned_data
    try:
        return overbook(
            actor=request.user,
            patient=patient,
            offering=offering,
            starts_at=data["starts_at"],
            room=data["room"],
            reason=data["reason"],
            why=data["why"],
            at=timezone.now(),
            idempotency_key=data["key"],
        )
    except Refused as refused:
        beside = next((name for kind, name in _BESIDE if isinstance(refused, kind)), "")
        form.add_error(beside or "time", str(refused))
        return None


def _page(
    request: HttpRequest,
    patient: Patient,
    day_form: DayForm,
    form: OverbookForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"patient": patient, "day_form": day_form, "form": form}
    if form is not None:
        offering, day = day_form.cleaned_data["offering"], day_form.cleaned_data["date"]
        zone = offering.location.time_zone
        first, after = bounds(day, zone)
        at = timezone.now()
        context |= {
            "offering": offering,
            "day": day,
            "first": first,
            "zone": zone,
            "taken": taken_times(
                doctor_ids=[offering.doctor_id], first=first, after=after, at=at
            ),
        }
    errors = day_form.errors or (form and form.errors)
    return render(
        request,
        "portal/overbooking/overbook.html",
        context,
        status=422 if errors else 200,
    )


def _said(made: Appointment) -> str:
    how = "The time was free: booked as usual"
    if made.is_overbooked:
        how = "Overbooked"
    elif made.overbooked_why:
        how = "Booked beyond the day's limit"
    after = {
        "REQUESTED": "The doctor answers next.",
        "HELD": "The patient has been sent the way to pay; it is booked as soon as the"
        " payment is there.",
    }.get(made.status, "The patient is told.")
    return f"{how}, reference {made.reference}. {after}"
