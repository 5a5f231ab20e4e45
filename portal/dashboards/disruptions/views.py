"""When a doctor's day does not go as booked: away, late, and what is left to do."""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.users.permissions import places_of
from booking.alternatives.services import want_none
from booking.appointments.models import Party
from booking.appointments.permissions import DESK_ROLES, visible_to
from booking.appointments.queries import conflict_ids
from booking.availability.queries import zone_of, zones_of
from booking.disruptions.models import Disruption
from booking.disruptions.permissions import doctors_of, ended_by
from booking.disruptions.queries import cancelled_by, place_of_now
from booking.disruptions.services import (
    declare_away,
    declare_late,
    end_absence,
    end_delay,
)
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.permissions import require
from foundation.uuids import read_uuid
from portal.dashboards.disruptions.forms import AwayForm, LateForm, end_of_day
from portal.dashboards.disruptions.queries import recent, report_of
from portal.dashboards.front_desk.queries import locations_of_desk
from portal.dashboards.my_day.views import found_doctor

AWAY, LATE = "away", "late"
LATENESS = Disruption.Kind.LATE


@doors.permitted("booking.view_disruptions", "disruptions", "list")
@private
def disruptions(request: HttpRequest) -> HttpResponse:
    """Say that a doctor is away or late, and see what was said lately."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    at, doctors = timezone.now(), doctors_of(request.user)
    mine = found_doctor(request) or (doctors.first() if doctors.count() == 1 else None)
    today = local(at, zone_of(mine)).date() if mine else timezone.localdate()
    chosen: dict[str, Any] = {
        "doctor": request.GET.get("doctor") or (mine.slug if mine else "")
    }
    only = _only_place(request)
    found = recent(doctors, at=at)
    zones = zones_of({one.doctor_id for one in found})
    delays = ended_by(request.user).filter(kind=LATENESS)
    endable = set(delays.values_list("pk", flat=True))
    context = {
        "away_form": AwayForm(
            user=request.user,
            doctors=doctors,
            prefix=AWAY,
            initial={
                **chosen,
                "location": only,
                "first_day": today,
                "key": uuid.uuid4(),
            },
        ),
        "late_form": LateForm(
            user=request.user,
            doctors=doctors,
            at=at,
            prefix=LATE,
            initial={
                **chosen,
                "location": only or _place_of(mine, at),
                "key": uuid.uuid4(),
            },
        ),
        "found": [(one, _zone(one, zones), one.pk in endable) for one in found],
        **forms,
    }
    return render(
        request, "portal/disruptions/disruptions.html", context, status=status
    )


def _only_place(request: HttpRequest) -> str | None:
    """The slug of the location, for who works at the desk of one alone."""
    slugs = locations_of_desk(request.user).values_list("slug", flat=True)[:2]
    is_limited = places_of(request.user, *DESK_ROLES) is not None
    return slugs[0] if is_limited and len(slugs) == 1 else None


def _place_of(doctor: Doctor | None, at: datetime) -> str:
    """The slug of where the doctor works now, or next today."""
    if doctor is None:
        return ""
    until = end_of_day(doctor, None, at=at)
    place = place_of_now(doctor, until=until, at=at)
    return place.slug if place is not None else ""


@doors.permitted("booking.view_disruptions", "disruptions", "cancel a day", doors.POST)
@private
def away(request: HttpRequest) -> HttpResponse:
    """Who is booked is shown first; then their visits are cancelled."""
    form = AwayForm(
        request.POST, user=request.user, doctors=doctors_of(request.user), prefix=AWAY
    )
    if not form.is_valid():
        return _page(request, 422, away_form=form)
    at, data = timezone.now(), form.cleaned_data
    doctor: Doctor = data["doctor"]
    location: Location | None = data["location"]
    span = {"starts_at": data["starts_at"], "ends_at": data["ends_at"]}
    if "confirmed" not in request.POST:
        ids = conflict_ids(doctor=doctor, at=at, location=location, **span)
        seen = visible_to(request.user).filter(pk__in=ids, patient__isnull=False)
        rows = seen.select_related("patient", "visit_type", "location", "doctor")
        context = {
            "form": form,
            "doctor": doctor,
            "visits": rows.order_by("starts_at", "pk"),
            "count": len(ids),
            "location": location,
            "zone": location.time_zone if location else zone_of(doctor),
            **span,
        }
        return render(request, "portal/disruptions/confirm.html", context)
    try:
        made = declare_away(
            actor=request.user,
            doctor=doctor,
            reason=data["reason"],
            at=at,
            idempotency_key=data["key"],
            location=location,
            **span,
        )
    except Refused as refusal:
        form.add_error("last_day", str(refusal))
        return _page(request, 422, away_form=form)
    messages.success(request, "The calendar is closed, and the visits are cancelled.")
    return redirect("workspace:disruption", public_id=made.public_id)


@doors.permitted("booking.view_disruptions", "disruptions", "say a delay", doors.POST)
@private
def late(request: HttpRequest) -> HttpResponse:
    """Tell those still to come today, where it is said of, by how much it is later."""
    at = timezone.now()
    form = LateForm(
        request.POST,
        user=request.user,
        doctors=doctors_of(request.user),
        at=at,
        prefix=LATE,
    )
    if not form.is_valid():
        return _page(request, 422, late_form=form)
    data = form.cleaned_data
    try:
        declare_late(
            actor=request.user,
            doctor=data["doctor"],
            minutes=data["minutes"],
            location=data["location"],
            ends_at=data["ends_at"],
            at=at,
            idempotency_key=data["key"],
        )
    except Refused as refusal:
        form.add_error("minutes", str(refusal))
        return _page(request, 422, late_form=form)
    where = f" at {data['location'].name}" if data["location"] is not None else ""
    messages.success(request, f"Those who are still to come today{where} are told.")
    return redirect("workspace:disruptions")


def _zone(found: Disruption, zones: dict[int, str]) -> str:
    return found.location.time_zone if found.location else zones[found.doctor_id]


def _found(request: HttpRequest, public_id: UUID) -> Disruption:
    return get_object_or_404(
        Disruption.objects.select_related("doctor", "location", "made_by"),
        public_id=public_id,
        doctor__in=doctors_of(request.user),
    )


@doors.permitted("booking.view_disruptions", "disruptions", "take back", doors.POST)
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """On time again, or: cancel nothing more."""
    found, at = _found(request, public_id), timezone.now()
    require(request.user, "booking.end_disruption", found)
    if found.kind == LATENESS:
        end_delay(actor=request.user, disruption=found, at=at)
        messages.success(request, "On time again. Those who were told hear of it.")
        return redirect("workspace:disruptions")
    end_absence(actor=request.user, disruption=found, at=at)
    messages.success(request, "Nothing more is cancelled.")
    return redirect("workspace:disruption", public_id=public_id)


@doors.permitted("booking.view_disruptions", "disruptions", "read the report")
@private
def disruption(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What is left to do about an absence, until nothing is."""
    found, at = _found(request, public_id), timezone.now()
    template = "_left" if HtmxDetails(request) else "disruption"
    return render(
        request,
        f"portal/disruptions/{template}.html",
        {
            "disruption": found,
            "report": report_of(request.user, found, at=at),
            "is_over": found.ended_at is not None or found.ends_at <= at,
            "may_end": request.user.has_perm("booking.end_disruption", found),
            "zone": _zone(found, zones_of([found.doctor_id])),
        },
    )


@doors.permitted("booking.view_disruptions", "disruptions", "settle", doors.POST)
def settle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Somebody has spoken with a patient, who needs no other time."""
    found = _found(request, public_id)
    mine = cancelled_by(found).filter(pk__in=visible_to(request.user).values("pk"))
    visit = get_object_or_404(mine, public_id=read_uuid(request.POST.get("visit")))
    try:
        want_none(
            actor=request.user, appointment=visit, by=Party.CLINIC, at=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("workspace:disruption", public_id=public_id)
