"""When a doctor can be booked: the week, time off, extra hours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_to
from booking.appointments.queries import conflict_ids, outside_ids
from booking.availability.models import AvailabilityException, WorkingHours
from booking.availability.services import (
    add_extra_hours,
    add_time_off,
    remove_exception,
    set_working_hours,
)
from clinic.doctors.models import Doctor
from clinic.locations.models import Location, Weekday
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local
from foundation.permissions import require
from portal.dashboards.hours.forms import (
    ExceptionForm,
    ExtraForm,
    HoursForm,
    spans_of,
    week_of,
)
from portal.dashboards.my_day.views import doctor_of, zone_of


@dataclass(frozen=True)
class Hit:
    """Visits that the hours no longer cover: those that the user may read, and how
    many there are in all. Administrators set hours and read nobody's visits."""

    visits: list[Appointment]
    count: int

    @classmethod
    def of(cls, user: Any, ids: list[int]) -> "Hit":
        rows = visible_to(user).filter(pk__in=ids)
        seen = rows.select_related("patient", "visit_type", "location", "doctor")
        return cls(list(seen.order_by("starts_at", "pk")), len(ids))

    @property
    def others(self) -> int:
        return self.count - len(self.visits)


def _doctor(request: HttpRequest) -> Doctor:
    """The doctor whose hours these are: `?doctor=`, or who is signed in.

    Raises PermissionDenied for whoever may not change them.
    """
    slug = request.GET.get("doctor", "")
    if slug:
        doctor = Doctor.objects.filter(slug=slug).select_related("user").first()
        if doctor is None:
            raise PermissionDenied
    else:
        doctor = doctor_of(request)
    require(request.user, "booking.manage_availability", doctor)
    return doctor


def _here(request: HttpRequest) -> str:
    slug = request.GET.get("doctor", "")
    address = redirect("workspace:hours").url
    return f"{address}?doctor={slug}" if slug else address


@doors.permitted("booking.manage_hours", "working hours", "read")
@private
def hours(request: HttpRequest) -> HttpResponse:
    """The weeks, what differs from them, and what is booked outside of both."""
    doctor = _doctor(request)
    return _page(request, doctor)


def _page(
    request: HttpRequest, doctor: Doctor, status: int = 200, **forms: Any
) -> HttpResponse:
    zone, at = zone_of(doctor), timezone.now()
    today = local(at, zone).date()
    rows = list(
        WorkingHours.objects.filter(doctor=doctor)
        .exclude(valid_until__lte=today)
        .select_related("location")
        .prefetch_related("breaks")
        .order_by("location__name", "valid_from", "weekday", "starts_time")
    )
    current = [row for row in rows if row.valid_from <= today]
    first = current[0].location if current else None
    mine = [row for row in current if row.location == first]
    week = HoursForm(
        today=today,
        week=week_of(mine),
        initial={
            "location": first.slug if first else _only_location(),
            "from_date": today,
        },
    )
    return render(
        request,
        "portal/hours/hours.html",
        {
            "doctor": doctor,
            "here": _here(request),
            "query": f"?doctor={doctor.slug}" if request.GET.get("doctor") else "",
            "weeks": _weeks(rows),
            "exceptions": AvailabilityException.objects.filter(
                doctor=doctor, ends_at__gt=at
            )
            .select_related("location")
            .order_by("starts_at"),
            "outside": Hit.of(request.user, outside_ids(doctors=[doctor], at=at)),
            "week_form": week,
            "off_form": ExceptionForm(zone=zone, prefix="off"),
            "extra_form": ExtraForm(zone=zone, prefix="extra"),
            "zone": zone,
            "at": at,
            **forms,
        },
        status=status,
    )


def _only_location() -> str | None:
    """The slug of the location, where there is but one."""
    slugs = Location.objects.filter(is_active=True).values_list("slug", flat=True)[:2]
    return slugs[0] if len(slugs) == 1 else None


def _weeks(rows: list[WorkingHours]) -> list[dict[str, Any]]:
    """Rows grouped by location and validity, each with its days in words."""
    weeks: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row.location_id, row.valid_from, row.valid_until)
        week = weeks.setdefault(
            key,
            {
                "location": row.location,
                "valid_from": row.valid_from,
                "valid_until": row.valid_until,
                "days": {},
            },
        )
        week["days"].setdefault(Weekday(row.weekday).label, []).extend(spans_of(row))
    return list(weeks.values())


@doors.permitted("booking.manage_hours", "working hours", "change", doors.POST)
@private
def set_week(request: HttpRequest) -> HttpResponse:
    """Replace the week at a location from a day on."""
    doctor = _doctor(request)
    today = local(timezone.now(), zone_of(doctor)).date()
    form = HoursForm(request.POST, today=today)
    if not form.is_valid():
        return _page(request, doctor, 422, week_form=form)
    try:
        set_working_hours(
            actor=request.user,
            doctor=doctor,
            location=form.cleaned_data["location"],
            week=form.hours,
            from_date=form.cleaned_data["from_date"],
            until_date=form.cleaned_data["until_date"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, doctor, 422, week_form=form)
    messages.success(request, "The hours are saved. Patients see the new times now.")
    return redirect(_here(request))


@doors.permitted("booking.manage_hours", "working hours", "change", doors.POST)
@private
def take_time_off(request: HttpRequest) -> HttpResponse:
    """Close the calendar for a while; what is booked then is shown first."""
    doctor = _doctor(request)
    form = ExceptionForm(request.POST, zone=zone_of(doctor), prefix="off")
    if not form.is_valid():
        return _page(request, doctor, 422, off_form=form)
    data = form.cleaned_data
    period = {"starts_at": data["starts_at"], "ends_at": data["ends_at"]}
    hit = conflict_ids(doctor=doctor, at=timezone.now(), **period)
    if hit and "confirmed" not in request.POST:
        return render(
            request,
            "portal/hours/conflicts.html",
            {
                "doctor": doctor,
                "here": _here(request),
                "query": f"?doctor={doctor.slug}" if request.GET.get("doctor") else "",
                "form": form,
                "hit": Hit.of(request.user, hit),
                "zone": zone_of(doctor),
                **period,
            },
        )
    add_time_off(actor=request.user, doctor=doctor, reason=data["reason"], **period)
    messages.success(request, "The time is off. Nobody can book in it.")
    return redirect(_here(request))


@doors.permitted("booking.manage_hours", "working hours", "change", doors.POST)
@private
def add_hours(request: HttpRequest) -> HttpResponse:
    """Open the calendar beyond the week."""
    doctor = _doctor(request)
    form = ExtraForm(request.POST, zone=zone_of(doctor), prefix="extra")
    if not form.is_valid():
        return _page(request, doctor, 422, extra_form=form)
    data = form.cleaned_data
    try:
        add_extra_hours(
            actor=request.user,
            doctor=doctor,
            location=data["location"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            reason=data["reason"],
        )
    except Refused as refusal:
        form.add_error("to_time", str(refusal))
        return _page(request, doctor, 422, extra_form=form)
    messages.success(request, "The extra hours can be booked now.")
    return redirect(_here(request))


@doors.permitted("booking.manage_hours", "working hours", "change", doors.POST)
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take time off or extra hours back."""
    doctor = _doctor(request)
    exception = get_object_or_404(
        AvailabilityException, public_id=public_id, doctor=doctor
    )
    remove_exception(actor=request.user, exception=exception)
    messages.success(request, "Taken back.")
    return redirect(_here(request))
