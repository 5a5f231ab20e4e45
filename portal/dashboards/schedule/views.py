"""A doctor's week: the calendar, its feed, and the same week as a list."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from booking.appointments.models import Appointment
from booking.availability.models import AvailabilityException
from booking.availability.queries import open_periods
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering
from foundation.formats import local
from foundation.periods import moment
from portal.dashboards.my_day.queries import bounds, visits_of
from portal.dashboards.my_day.views import doctor_of, zone_of
from portal.words import status_words

private = cache_control(private=True, no_store=True)
VIEWS = {"day": "timeGridDay", "week": "timeGridWeek", "month": "dayGridMonth"}
LONGEST = timedelta(days=45)


@login_required
@private
@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """The week of the doctor who is signed in."""
    doctor = doctor_of(request)
    zone = zone_of(doctor)
    today = local(timezone.now(), zone).date()
    shown = _date(request.GET.get("date", "")) or today
    monday = shown - timedelta(days=shown.weekday())
    first, _ = bounds(monday, zone)
    _, after = bounds(monday + timedelta(days=6), zone)
    return render(
        request,
        "portal/schedule/schedule.html",
        {
            "doctor": doctor,
            "visits": visits_of(request.user, doctor, first, after),
            "shown": shown,
            "monday": monday,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "view": VIEWS.get(request.GET.get("view", ""), VIEWS["week"]),
            "zone": zone,
        },
    )


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@login_required
@private
@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """What the calendar draws between `start` and `end`: visits, time off, hours.

    Instants carry the offset of the doctor's zone. No reason, no diagnosis.
    """
    doctor = doctor_of(request)
    zone = zone_of(doctor)
    start, end = _span(request, zone)
    if start is None or end is None or not start < end <= start + LONGEST:
        return JsonResponse(
            {"error": "Give start and end, 45 days apart at most."}, status=400
        )
    events = [
        *_hours(doctor, start, end, zone),
        *_time_off(doctor, start, end, zone),
        *(_visit(visit, zone) for visit in visits_of(request.user, doctor, start, end)),
    ]
    return JsonResponse(events, safe=False)


def _span(request: HttpRequest, zone: str) -> tuple[datetime | None, datetime | None]:
    found = []
    for name in ("start", "end"):
        try:
            instant = parse_datetime(request.GET.get(name, "").replace(" ", "+"))
        except ValueError:
            instant = None
        if instant is not None and timezone.is_naive(instant):
            instant = bounds(instant.date(), zone)[0]
        found.append(instant)
    return found[0], found[1]


def _iso(at: datetime, zone: str) -> str:
    return local(at, zone).isoformat()


def _visit(visit: Appointment, zone: str) -> dict[str, Any]:
    words = status_words(visit.status).words
    kind = "video" if visit.visit_type.mode == "VIDEO" else "person"
    return {
        "id": str(visit.public_id),
        "title": f"{visit.patient}, {visit.visit_type.name}, {words}",
        "start": _iso(visit.starts_at, zone),
        "end": _iso(visit.ends_at, zone),
        "url": reverse("workspace:appointment", args=[visit.public_id]),
        "classNames": [f"mc-ev--{kind}", f"mc-ev--{visit.status.lower()}"],
    }


def _time_off(
    doctor: Doctor, start: datetime, end: datetime, zone: str
) -> list[dict[str, Any]]:
    rows = AvailabilityException.objects.filter(
        doctor=doctor,
        kind=AvailabilityException.Kind.CLOSED,
        starts_at__lt=end,
        ends_at__gt=start,
    )
    return [
        {
            "title": row.reason or "Time off",
            "start": _iso(row.starts_at, zone),
            "end": _iso(row.ends_at, zone),
            "classNames": ["mc-ev--block"],
        }
        for row in rows
    ]


def _hours(
    doctor: Doctor, start: datetime, end: datetime, zone: str
) -> list[dict[str, Any]]:
    """The open periods as background. One query, and one for where the doctor works."""
    places = Offering.objects.filter(doctor=doctor, is_active=True).values_list(
        "location_id", flat=True
    )
    pairs = [(doctor.pk, place) for place in set(places)]
    opened = open_periods(pairs, starts_at=start, ends_at=end) if pairs else {}
    return [
        {
            "display": "background",
            "start": _iso(moment(begins), zone),
            "end": _iso(moment(until), zone),
            "classNames": ["mc-ev--hours"],
        }
        for periods in opened.values()
        for begins, until in periods
    ]
