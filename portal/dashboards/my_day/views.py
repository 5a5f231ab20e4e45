"""My day: what a doctor looks at from morning to evening."""

from datetime import date as Date  # noqa: N812
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.users.models import Role
from accounts.users.permissions import has_role
from accounts.users.queries import landing_path
from booking.availability.models import WorkingHours
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation.formats import local
from portal.dashboards.my_day.queries import day_of, drafts_of, requests_to
from portal.dashboards.visits.forms import ReasonForm

private = cache_control(private=True, no_store=True)


def doctor_of(request: HttpRequest) -> Doctor:
    """The doctor who is signed in. Raises PermissionDenied for others, also for a user
    with the role whose facts are not entered yet."""
    doctor = Doctor.objects.filter(user=request.user).first()  # type: ignore[misc]
    if doctor is None or not has_role(request.user, Role.DOCTOR):
        raise PermissionDenied
    return doctor


def zone_of(doctor: Doctor) -> str:
    """The IANA zone a doctor's day is shown in: where they work most, else the
    clinic's."""
    hours = WorkingHours.objects.filter(doctor=doctor, valid_until=None)
    zone = hours.order_by("pk").values_list("location__time_zone", flat=True).first()
    return zone or current().time_zone


@login_required
@private
@require_GET
def day(request: HttpRequest, date: str = "") -> HttpResponse:
    """Today, or another day; htmx gets the queue alone."""
    if not has_role(request.user, Role.DOCTOR):
        return _elsewhere(request)
    doctor = doctor_of(request)
    zone, at = zone_of(doctor), timezone.now()
    today = local(at, zone).date()
    shown = _date(date) if date else today
    htmx: Any = getattr(request, "htmx", None)
    return render(
        request,
        "portal/my_day/_queue.html" if htmx else "portal/my_day/day.html",
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
    start = landing_path(request.user)
    if start == request.path or not start.startswith("/clinic/"):
        raise PermissionDenied
    return redirect(start)


def _date(text: str) -> Date:
    try:
        return Date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


@login_required
@private
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Requests to answer, and prescriptions to sign."""
    doctor = doctor_of(request)
    return render(
        request,
        "portal/my_day/requests.html",
        {
            "requests": requests_to(request.user, doctor, at=timezone.now()),
            "drafts": drafts_of(doctor),
            "form": ReasonForm(),
            "zone": zone_of(doctor),
        },
    )
