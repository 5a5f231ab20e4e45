"""The calendar: the clinic's for the desk, and their own for who sees patients.

Each page is drawn on the server and stands at an address of its own, so it can be
shared, printed and read without JavaScript. Scripts only move visits on it
(static/js/calendar.js), and ask `visit_times.visit_place` first.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from booking.availability.queries import zone_of
from clinic.identity.queries import current
from foundation import doors
from foundation.caching import private
from foundation.formats import day_date, local, long_date, month_year
from portal.dashboards.calendar.forms import (
    DAY,
    LIST,
    MONTH,
    ROOMS,
    VIEWS,
    WEEK,
    CalendarForm,
)
from portal.dashboards.calendar.queries import (
    Scope,
    day_by_doctors,
    day_by_rooms,
    days_of,
    month_of,
    roster_of,
    week_of,
)
from portal.dashboards.front_desk.queries import locations_of_desk
from portal.dashboards.my_day.queries import read_day
from portal.dashboards.my_day.views import doctor_of

LEGEND = [
    ("person", "Booked"),
    ("video", "Booked, by video"),
    ("request", "Waiting for an answer"),
    ("held", "Held, or being booked"),
    ("arrived", "Arrived"),
    ("inside", "With doctor"),
    ("done", "Done"),
    ("missed", "Missed"),
    ("open", "Free"),
    ("block", "Break, time off, closed"),
]
# A list goes over one day, or over seven.
SPANS = ("1", "7")


@doors.permitted("booking.view_calendar", "appointments", "read the calendar")
@private
def calendar(request: HttpRequest) -> HttpResponse:
    """Everybody's visits at the user's places; htmx gets the drawing alone."""
    locations = locations_of_desk(request.user)
    form = CalendarForm(request.GET, locations=locations)
    location, room = form.chosen("location"), form.chosen("room")
    if room is not None:
        location = room.location
    scope = Scope(
        user=request.user,
        zone=location.time_zone if location else current().time_zone,
        locations=[location] if location else list(locations),
        doctor=form.chosen("doctor"),
        room=room,
    )
    return _page(request, scope, form, form.chosen("view") or DAY)


@doors.permitted("booking.have_calendar", "own day", "read the calendar")
@private
def schedule(request: HttpRequest) -> HttpResponse:
    """The calendar of the doctor who is signed in, wherever they work."""
    doctor = doctor_of(request)
    form = CalendarForm(request.GET, locations=None)
    scope = Scope(user=request.user, zone=zone_of(doctor), doctor=doctor, own=True)
    return _page(request, scope, form, form.chosen("view") or WEEK)


def _page(
    request: HttpRequest, scope: Scope, form: CalendarForm, view: str
) -> HttpResponse:
    at = timezone.now()
    today = local(at, scope.zone).date()
    shown = read_day(request.GET.get("date", "")) or today
    # What was no day is today, in the box too.
    form.data = {**request.GET.dict(), "date": shown.isoformat()}
    span = request.GET.get("days", "")
    span = span if span in SPANS else SPANS[0]
    address = _addresses(form, view=view, shown=shown, span=span)
    drawn = _SHAPES[view](scope, form, shown, span, at)
    before, after = _steps(view, shown, int(span))
    context = {
        **drawn,
        "scope": scope,
        "filters": form,
        "view": view,
        "shown": shown,
        "today": today,
        "at": at,
        "zone": scope.zone,
        "title": _title(view, shown, int(span)),
        "legend": LEGEND,
        "views": [
            {"url": address(view=one), "label": words, "current": one == view}
            for one, words in VIEWS.items()
        ],
        "spans": [
            {"url": address(days=one), "label": words, "current": one == span}
            for one, words in zip(SPANS, ("One day", "Seven days"), strict=True)
        ],
        "before": address(date=before),
        "after": address(date=after),
        "now": address(date=today),
        "day_address": address(view=DAY, date=""),
        "paper": address(view=LIST, days=SPANS[0]),
        "here": request.get_full_path(),
    }
    htmx: Any = getattr(request, "htmx", None)
    name = "_drawn" if htmx else "calendar"
    return render(request, f"portal/calendar/{name}.html", context)


def _addresses(
    form: CalendarForm, *, view: str, shown: date, span: str
) -> Callable[..., str]:
    """What builds the address of another view of the same things."""
    kept: dict[str, str] = {"view": view, "date": shown.isoformat()}
    if view == LIST:
        kept["days"] = span
    for name in ("location", "doctor"):
        if (one := form.chosen(name)) is not None:
            kept[name] = one.slug
    if (room := form.chosen("room")) is not None:
        kept["room"] = str(room.public_id)
    if by := form.chosen("by"):
        kept["by"] = by

    def address(**changes: Any) -> str:
        asked = {**kept, **{name: str(value) for name, value in changes.items()}}
        # An empty date is for the template to fill.
        rest = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(rest)}"

    return address


def _title(view: str, shown: date, span: int) -> str:
    if view == MONTH:
        return month_year(shown)
    if view == WEEK or (view == LIST and span > 1):
        first = shown - timedelta(days=shown.weekday()) if view == WEEK else shown
        last = first + timedelta(days=6)
        return f"{day_date(first)} to {day_date(last)} {last.year}"
    return long_date(shown)


def _steps(view: str, shown: date, span: int) -> tuple[date, date]:
    if view == MONTH:
        first = shown.replace(day=1)
        return (first - timedelta(days=1)).replace(day=1), (
            first + timedelta(days=31)
        ).replace(day=1)
    step = timedelta(days={WEEK: 7, LIST: span}.get(view, 1))
    return shown - step, shown + step


def _day(
    scope: Scope, form: CalendarForm, shown: date, span: str, at: datetime
) -> dict[str, Any]:
    by_room = not scope.own and (scope.room is not None or form.chosen("by") == ROOMS)
    draw = day_by_rooms if by_room else day_by_doctors
    sheet = draw(scope, shown, at=at)
    return {"shape": "columns", "sheet": sheet, "by_room": by_room}


def _week(
    scope: Scope, form: CalendarForm, shown: date, span: str, at: datetime
) -> dict[str, Any]:
    monday = shown - timedelta(days=shown.weekday())
    if scope.doctor is None and scope.room is None:
        return {"shape": "roster", "roster": roster_of(scope, monday, at=at)}
    sheet = week_of(scope, monday, at=at)
    return {"shape": "columns", "sheet": sheet, "by_room": scope.room is not None}


def _month(
    scope: Scope, form: CalendarForm, shown: date, span: str, at: datetime
) -> dict[str, Any]:
    return {"shape": "month", "weeks": month_of(scope, shown, at=at)}


def _list(
    scope: Scope, form: CalendarForm, shown: date, span: str, at: datetime
) -> dict[str, Any]:
    return {"shape": "list", "days": days_of(scope, shown, int(span), at=at)}


_SHAPES: dict[str, Callable[..., dict[str, Any]]] = {
    DAY: _day,
    WEEK: _week,
    MONTH: _month,
    LIST: _list,
}
