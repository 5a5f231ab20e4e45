"""My day: what a doctor looks at from morning to evening."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.queries import landing_path
from booking.availability.queries import zone_of
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.formats import local
from portal.dashboards.my_day.queries import (
    day_of,
    drafts_of,
    moves_to,
    read_day,
    requests_to,
)
from portal.dashboards.strays.queries import strays_for


def found_doctor(request: HttpRequest) -> Doctor | None:
    """The doctor, or the nurse with visits of their own, who is signed in."""
    if not has_role(request.user, Role.DOCTOR, Role.NURSE):
        return None
    return Doctor.objects.filter(user=request.user).first()  # type: ignore[misc]


def doctor_of(request: HttpRequest) -> Doctor:
    """The same for pages that need one. Raises PermissionDenied for others."""
    doctor = found_doctor(request)
    if doctor is None:
        raise PermissionDenied
    return doctor


@doors.permitted("accounts.work_here", "own day", "read")
@private
def day(request: HttpRequest, date: str = "") -> HttpResponse:
    """Today, or another day; htmx gets the queue alone."""
    doctor = found_doctor(request)
    if doctor is None:
        return _elsewhere(request)
    zone, at = zone_of(doctor), timezone.now()
    today = local(at, zone).date()
    shown = read_day(date) if date else today
    if shown is None:
        raise Http404
    htmx: Any = getattr(request, "htmx", None)
    return render(
        request,
        "portal/my_day/_day.html" if htmx else "portal/my_day/day.html",
        {
            "page": day_of(request.user, doctor, day=shown, zone=zone, at=at),
            "doctor": doctor,
            "shown": shown,
            "today": today,
            "before": shown - timedelta(days=1),
            "after": shown + timedelta(days=1),
            "zone": zone,
            "at": at,
        },
    )


def _elsewhere(request: HttpRequest) -> HttpResponse:
    """Staff without visits of their own go where they work, nurses to everybody's; a
    doctor whose facts are not entered yet is told so."""
    start = landing_path(request.user)
    if start == reverse("workspace:day"):
        if not has_role(request.user, Role.DOCTOR):
            return redirect("workspace:desk")
        return render(request, "portal/my_day/no_day.html")
    if not start.startswith("/clinic/"):
        raise PermissionDenied
    return redirect(start)


@doors.permitted("booking.answer_requests", "own day", "read requests")
@private
def requests(request: HttpRequest) -> HttpResponse:
    """What waits: requests, prescriptions to sign, visits outside the hours."""
    doctor, at = found_doctor(request), timezone.now()
    if doctor is None and not has_role(request.user, Role.MEDICAL_ADMIN):
        raise PermissionDenied
    return render(
        request,
        "portal/my_day/requests.html",
        {
            "requests": requests_to(request.user, at=at),
            "moves": moves_to(request.user, at=at),
            "doctor": doctor,
            "drafts": drafts_of(doctor) if doctor else [],
            "outside": strays_for(request.user, at=at).unsettled,
            "zone": zone_of(doctor) if doctor else current().time_zone,
        },
    )
