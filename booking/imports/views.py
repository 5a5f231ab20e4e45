"""The calendars outside whose busy times close a doctor's calendar."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from booking.availability.queries import zone_of
from booking.disruptions.permissions import doctors_of
from booking.imports.forms import ImportForm, WhoseForm
from booking.imports.models import ImportedCalendar
from booking.imports.permissions import visible_to
from booking.imports.queries import all_calendars, calendars_of
from booking.imports.services import add_calendar, read_again, remove_calendar
from booking.strays.queries import strays_of
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.errors import Refused


@doors.permitted("booking.view_imports", "imported calendars", "list, add", doors.FORM)
@private
def imports(request: HttpRequest) -> HttpResponse:
    """A doctor's calendars, `?doctor=` or who is signed in; without either all that the
    user looks after. POST adds one."""
    doctor = _doctor(request)
    if doctor is None:
        return _everybodys(request)
    form = ImportForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _added(request, doctor, form):
        return redirect(_address(request))
    return _page(request, doctor, form)


def _doctor(request: HttpRequest) -> Doctor | None:
    """Raises Http404 for somebody whom the user does not look after."""
    rows, slug = doctors_of(request.user), request.GET.get("doctor", "")
    if slug:
        return get_object_or_404(rows, slug=slug)
    return rows.filter(user=request.user).first()  # type: ignore[misc]


def _address(request: HttpRequest) -> str:
    """This page, of the same doctor."""
    slug = request.GET.get("doctor", "")
    return reverse("booking:imports") + (f"?doctor={slug}" if slug else "")


def _added(request: HttpRequest, doctor: Doctor, form: ImportForm) -> bool:
    """Whether it was added; the reason against it is on the form."""
    try:
        add_calendar(
            actor=request.user, doctor=doctor, at=timezone.now(), **form.cleaned_data
        )
    except Refused as refusal:
        form.add_error("address", str(refusal))
        return False
    messages.success(request, "Added. We are reading it now.")
    return True


def _page(request: HttpRequest, doctor: Doctor, form: ImportForm) -> HttpResponse:
    at = timezone.now()
    context = {
        "doctor": doctor,
        "calendars": _with_age(calendars_of(doctor), at),
        "form": form,
        "here": _address(request),
        "query": _address(request).removeprefix(reverse("booking:imports")),
        "is_own": doctor.user_id == request.user.pk,
        "outside": strays_of([doctor], at=at).unsettled,
        "zone": zone_of(doctor),
        "at": at,
    }
    status = 422 if form.errors else 200
    return render(request, "booking/imports/imports.html", context, status=status)


def _everybodys(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    context = {
        "calendars": _with_age(all_calendars(request.user), at),
        "whose": WhoseForm(doctors=doctors_of(request.user)),
        "zone": current().time_zone,
        "at": at,
    }
    return render(request, "booking/imports/everybodys.html", context)


def _with_age(
    rows: Iterable[ImportedCalendar], at: datetime
) -> list[tuple[ImportedCalendar, bool]]:
    """Each with whether what it says is old."""
    return [(row, row.is_stale(at)) for row in rows]


def _found(request: HttpRequest, public_id: UUID) -> ImportedCalendar:
    rows = visible_to(request.user).select_related("doctor")
    return get_object_or_404(rows, public_id=public_id)


@doors.permitted("booking.view_imports", "imported calendars", "read now", doors.POST)
@private
def read_now(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Do not wait for the next time."""
    read_again(calendar=_found(request, public_id), at=timezone.now())
    messages.success(
        request, "We are reading it now. Open this page again in a moment."
    )
    return redirect(_address(request))


@doors.permitted("booking.view_imports", "imported calendars", "remove", doors.POST)
@private
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget it; its times can be booked again."""
    remove_calendar(actor=request.user, calendar=_found(request, public_id))
    messages.success(request, "Removed. Its busy times can be booked again.")
    return redirect(_address(request))
