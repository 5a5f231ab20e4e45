"""The administrator's start, and closing what people may be booked in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.users.queries import signed_in_user
from booking.appointments.queries import booked_at
from booking.appointments.services import (
    close_unbooked_location,
    close_unbooked_room,
)
from booking.strays.services import strays_after
from clinic.credentials.queries import WARNED, stops_bookings
from clinic.credentials.services import set_licence_rule
from clinic.doctors.models import Doctor
from clinic.holidays.forms import WHOLE, DaysForm, WhereForm
from clinic.holidays.queries import Holiday
from clinic.identity.queries import current
from clinic.locations.forms import ClosureForm
from clinic.locations.models import Location
from clinic.locations.services import add_closure as close_days
from clinic.locations.views import closures
from clinic.resources.models import Room
from foundation import doors
from foundation.errors import Refused
from foundation.formats import day_date, join_words, local, long_date, plural
from portal.dashboards.clinic_settings.queries import (
    first_steps,
    licensed,
    overview,
    without_page,
)
from portal.dashboards.strays.views import Change, ask_first


@doors.permitted("clinic.manage_clinic", "clinic", "overview")
def settings(request: HttpRequest) -> HttpResponse:
    """What is still missing before patients can book, and what there is."""
    at = timezone.now()
    steps = first_steps(at=at)
    return render(
        request,
        "portal/clinic_settings/settings.html",
        {
            "steps": steps,
            "done": sum(step.is_done for step in steps),
            "is_ready": all(step.is_done for step in steps),
            "areas": overview(at=at),
            "without_page": without_page(at=at),
        },
    )


@doors.permitted("clinic.manage_credential", "licences", "list, rule", doors.FORM)
def licences(request: HttpRequest) -> HttpResponse:
    """Doctors whose licence ends or is over, with what is booked with them; and whether
    that stops their bookings."""
    at = timezone.now()
    if request.method == "POST":
        stops = "stops_bookings" in request.POST
        set_licence_rule(actor=signed_in_user(request), stops_bookings=stops, at=at)
        messages.success(request, "Saved.")
        return redirect("workspace:licences")
    return render(
        request,
        "portal/clinic_settings/licences.html",
        {
            "rows": licensed(request.user, at=at),
            "stops_bookings": stops_bookings(),
            "warned": max(WARNED),
        },
    )


@doors.permitted("clinic.manage_clinic", "closures", "add", doors.POST)
def add_closure(request: HttpRequest) -> HttpResponse:
    """Shut a location, or the whole clinic, for whole days; what is booked on them is
    shown first."""
    form = ClosureForm(request.POST)
    if not form.is_valid():
        return closures(request, form=form)
    content = form.content

    def act() -> None:
        close_days(actor=signed_in_user(request), **content)

    where = content["location"] or "The whole clinic"
    first, after = content["starts_date"], content["ends_date"]
    change = Change(
        title="Add a closure",
        about=f"{where}, from {long_date(first)}, open again {long_date(after)}",
        address=request.path,
        back=reverse("clinic:closures"),
        button="Close on these days",
        form=form,
    )
    doctors = Doctor.objects.all()
    ids = strays_after(act, doctors=doctors, at=timezone.now())
    question = ask_first(request, change, ids, act)
    if question is not None:
        return question
    messages.success(request, "Nothing new can be booked on these days.")
    return redirect("clinic:closures")


@doors.permitted("clinic.manage_clinic", "closures", "add holidays", doors.FORM)
def holidays(request: HttpRequest) -> HttpResponse:
    """The public holidays of a place and a year; POST closes on the chosen ones. What
    is booked on them is shown first. Which they are stands in the address."""
    today = local(timezone.now(), current().time_zone).date()
    asked = request.GET if "year" in request.GET else None
    form = WhereForm(asked, today=today, initial={"year": today.year})
    if asked is None or not form.is_valid():
        return _holidays_page(request, form)
    found = form.found
    days = DaysForm(request.POST if request.method == "POST" else None, found=found)
    if request.method != "POST" or not days.is_valid():
        return _holidays_page(request, form, days, found)
    location, chosen = form.cleaned_data["location"], days.chosen

    def act() -> None:
        with transaction.atomic():
            for one in chosen:
                close_days(
                    actor=signed_in_user(request),
                    location=location,
                    starts_date=one.day,
                    ends_date=one.day + timedelta(days=1),
                    reason=one.name,
                )

    change = Change(
        title="Close on public holidays",
        about=f"{location or WHOLE}, {join_words([day_date(d.day) for d in chosen])}",
        address=request.get_full_path(),
        back=request.get_full_path(),
        button="Close on these days",
        form=days,
    )
    ids = strays_after(act, doctors=Doctor.objects.all(), at=timezone.now())
    question = ask_first(request, change, ids, act)
    if question is not None:
        return question
    count = plural(len(chosen), "public holiday")
    messages.success(request, f"Closed on {count}. Nothing new can be booked then.")
    return redirect("clinic:closures")


def _holidays_page(
    request: HttpRequest,
    form: WhereForm,
    days: DaysForm | None = None,
    found: Sequence[Holiday] = (),
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "days": days,
        "here": request.get_full_path(),
    }
    if days is not None:
        context |= {
            "where": form.cleaned_data["location"] or WHOLE,
            "year": form.cleaned_data["year"],
            "closed": [one for one in found if one.is_closed],
        }
    is_wrong = form.errors or (days is not None and days.errors)
    return render(
        request,
        "portal/clinic_settings/holidays.html",
        context,
        status=422 if is_wrong else 200,
    )


@doors.permitted("clinic.manage_clinic", "locations", "close", doors.FORM)
def close_location(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask first, and say who is still booked there; then close."""
    location = get_object_or_404(Location, public_id=public_id, is_active=True)
    at = timezone.now()
    if request.method == "POST":
        try:
            close_unbooked_location(
                actor=signed_in_user(request), location=location, at=at
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("workspace:location_close", public_id=public_id)
        messages.success(
            request,
            f"{location.name} is closed. Where it has a page on the website, an editor "
            "takes that off.",
        )
        return redirect("clinic:location", public_id=public_id)
    # How many and when, for people who may not know whose.
    found = booked_at(location, at=at).aggregate(
        booked=Count("pk"), first=Min("starts_at"), last=Max("starts_at")
    )
    return render(
        request,
        "portal/clinic_settings/close_location.html",
        {"location": location, **found},
    )


@doors.permitted("clinic.manage_clinic", "rooms", "close", doors.POST)
def close_room(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the room to nobody any more, or say who is booked in it."""
    room = get_object_or_404(Room, public_id=public_id)
    try:
        close_unbooked_room(actor=signed_in_user(request), room=room, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{room.name} is closed.")
    return redirect("clinic:room", public_id=public_id)
