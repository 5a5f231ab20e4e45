"""When a doctor can be booked: the week, time off, extra hours."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from booking.appointments.queries import conflict_ids
from booking.availability.models import AvailabilityException
from booking.availability.queries import zone_of
from booking.availability.services import (
    add_extra_hours,
    add_time_off,
    remove_exception,
    set_working_hours,
)
from booking.strays.queries import strays_of
from booking.strays.services import strays_after
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused
from foundation.formats import local, long_date, short_span, zone_name
from foundation.permissions import require
from portal.dashboards.hours.forms import (
    EVERY_SECOND,
    EVERY_WEEK,
    ExceptionForm,
    ExtraForm,
    HoursForm,
)
from portal.dashboards.hours.queries import (
    WEEK,
    edited_week,
    hours_from,
    weeks_of,
)
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.my_day.views import doctor_of
from portal.dashboards.strays.views import Change, ask_first


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
    rows = hours_from(doctor, today)
    edited = max(read_day(request.GET.get("from", "")) or today, today)
    week = edited_week(rows, edited)
    form = HoursForm(
        today=today,
        week=week.spans,
        initial={
            "location": week.location.slug if week.location else _only_location(),
            "from_date": edited,
            "rhythm": EVERY_SECOND if week.every_second else EVERY_WEEK,
        },
    )
    return render(
        request,
        "portal/hours/hours.html",
        {
            "doctor": doctor,
            "here": _here(request),
            "query": f"?doctor={doctor.slug}" if request.GET.get("doctor") else "",
            "weeks": weeks_of(rows, today),
            "exceptions": AvailabilityException.objects.filter(
                doctor=doctor, ends_at__gt=at
            )
            .select_related("location")
            .order_by("starts_at"),
            "outside": strays_of([doctor], at=at).unsettled,
            "week_form": form,
            "other_week": edited + WEEK if week.every_second else None,
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


@doors.permitted("booking.manage_hours", "working hours", "change", doors.POST)
@private
def set_week(request: HttpRequest) -> HttpResponse:
    """Replace the week at a location from a day on."""
    doctor = _doctor(request)
    today = local(timezone.now(), zone_of(doctor)).date()
    form = HoursForm(request.POST, today=today)
    if not form.is_valid():
        return _page(request, doctor, 422, week_form=form)
    at, data = timezone.now(), form.cleaned_data

    def act() -> Any:
        return set_working_hours(
            actor=request.user,
            doctor=doctor,
            location=data["location"],
            week=form.hours,
            from_date=data["from_date"],
            until_date=data["until_date"],
            every_second=data["rhythm"] == EVERY_SECOND,
        )

    about = f"{data['location'].name}, from {long_date(data['from_date'])}"
    change = _change(request, "Change the week", f"{doctor.full_name}, {about}", form)
    try:
        ids = strays_after(act, doctors=[doctor], at=at)
        question = ask_first(request, change, ids, act)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, doctor, 422, week_form=form)
    if question is not None:
        return question
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
    ids = conflict_ids(doctor=doctor, at=timezone.now(), **period)
    change = _change(request, "Take time off", _span(doctor, **period), form)
    question = ask_first(
        request,
        change,
        ids,
        lambda: add_time_off(
            actor=request.user, doctor=doctor, reason=data["reason"], **period
        ),
    )
    if question is not None:
        return question
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

    def act() -> None:
        # Fresh each time: one that was deleted and taken back has lost its key.
        again = AvailabilityException.objects.get(public_id=public_id)
        remove_exception(actor=request.user, exception=again)

    words = _span(doctor, exception.starts_at, exception.ends_at)
    change = _change(request, "Take back", words)
    ids = strays_after(act, doctors=[doctor], at=timezone.now())
    question = ask_first(request, change, ids, act)
    if question is not None:
        return question
    messages.success(request, "Taken back.")
    return redirect(_here(request))


def _change(
    request: HttpRequest, title: str, about: str, form: Form | None = None
) -> Change:
    """What the question before a change says of it; it is sent where it came from."""
    return Change(
        title=title,
        about=about,
        address=request.get_full_path(),
        back=_here(request),
        button="Save the change",
        form=form,
    )


def _span(doctor: Doctor, starts_at: datetime, ends_at: datetime) -> str:
    zone = zone_of(doctor)
    span = short_span(starts_at, ends_at, zone, staff=True)
    return f"{doctor.full_name}, {span}, {zone_name(zone, starts_at)}"
