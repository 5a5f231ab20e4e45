"""A doctor's week: the calendar, its feed, and the same week as a list."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from booking.appointments.models import Appointment, Status
from booking.availability.queries import zone_of
from foundation import doors
from foundation.caching import private
from foundation.formats import local
from foundation.periods import Period, moment
from portal.dashboards.my_day.queries import bounds, kind_of, read_day, visits_of
from portal.dashboards.my_day.views import doctor_of
from portal.dashboards.schedule.queries import Calendar, Shut, calendar_of
from portal.words import status_words

VIEWS = {"day": "timeGridDay", "week": "timeGridWeek", "month": "dayGridMonth"}
LONGEST = timedelta(days=45)


@doors.permitted("booking.have_calendar", "own day", "read the calendar")
@private
def schedule(request: HttpRequest) -> HttpResponse:
    """The week of the doctor who is signed in."""
    doctor = doctor_of(request)
    zone = zone_of(doctor)
    today = local(timezone.now(), zone).date()
    shown = read_day(request.GET.get("date", "")) or today
    monday = shown - timedelta(days=shown.weekday())
    first, _ = bounds(monday, zone)
    _, after = bounds(monday + timedelta(days=6), zone)
    at = timezone.now()
    visits = visits_of(request.user, doctor, first, after, at=at).filter(
        patient__isnull=False
    )
    begins, until = _frame(calendar_of(doctor, first, after, zone=zone), zone)
    return render(
        request,
        "portal/schedule/schedule.html",
        {
            "doctor": doctor,
            "days": _days(visits, monday, zone),
            "shown": shown,
            "monday": monday,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "view": VIEWS.get(request.GET.get("view", ""), VIEWS["week"]),
            "from": begins,
            "until": until,
            "zone": zone,
            "at": at,
        },
    )


def _days(
    visits: Iterable[Appointment], monday: date, zone: str
) -> list[tuple[date, list[Appointment]]]:
    """The days of the week, each with its visits, cancelled ones left out."""
    days: dict[date, list[Appointment]] = {
        monday + timedelta(days=number): [] for number in range(7)
    }
    for visit in visits:
        if visit.status != Status.CANCELLED:
            days[local(visit.starts_at, zone).date()].append(visit)
    return list(days.items())


def _frame(calendar: Calendar, zone: str) -> tuple[str, str]:
    """From and until which hour the calendar shows: the open ones, 8 to 18 at least."""
    first, last = 8, 18
    for begins, until in calendar.opened:
        start, end = local(moment(begins), zone), local(moment(until), zone)
        first = min(first, start.hour)
        last = max(last, end.hour + (1 if end.minute else 0) if end.hour else 24)
    return f"{first:02}:00:00", f"{last:02}:00:00"


@doors.permitted("booking.have_calendar", "own day", "read the calendar")
@private
def feed(request: HttpRequest) -> HttpResponse:
    """What the calendar draws between `start` and `end`: hours, what is shut, visits.

    Instants carry the offset of the doctor's zone. No reason, no diagnosis.
    """
    doctor = doctor_of(request)
    zone = zone_of(doctor)
    start, end = _span(request, zone)
    if start is None or end is None or not start < end <= start + LONGEST:
        return JsonResponse(
            {"error": "Give start and end, 45 days apart at most."}, status=400
        )
    calendar = calendar_of(doctor, start, end, zone=zone)
    visits = visits_of(request.user, doctor, start, end, at=timezone.now())
    events = [
        *(_open(period, zone) for period in calendar.opened),
        *(_shut(shut, zone) for shut in calendar.shut),
        *(_visit(visit, zone) for visit in visits if visit.status != Status.CANCELLED),
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
    who = visit.patient or "Being booked"
    event: dict[str, Any] = {
        "id": str(visit.public_id),
        "title": f"{who}, {visit.visit_type.name}, {words}",
        "start": _iso(visit.starts_at, zone),
        "end": _iso(visit.ends_at, zone),
        "classNames": [f"mc-ev--{kind_of(visit)}"],
    }
    if visit.patient is not None:
        event["url"] = reverse("workspace:appointment", args=[visit.public_id])
    return event


def _shut(shut: Shut, zone: str) -> dict[str, Any]:
    return {
        "title": shut.words,
        "start": _iso(shut.starts_at, zone),
        "end": _iso(shut.ends_at, zone),
        "classNames": ["mc-ev--block"],
    }


def _open(period: Period, zone: str) -> dict[str, Any]:
    begins, until = period
    return {
        "display": "background",
        "start": _iso(moment(begins), zone),
        "end": _iso(moment(until), zone),
        "classNames": ["mc-ev--hours"],
    }
