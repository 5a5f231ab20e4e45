"""Jobs of imported calendars: they alone call servers outside."""

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from booking.availability.queries import zone_of
from booking.imports import services
from booking.imports.models import ImportedCalendar
from booking.imports.queries import (
    addresses_of,
    is_unchanged,
    problem_of_error,
    problem_of_refusal,
    problem_of_status,
    question,
    rules,
    window_of,
)
from booking.strays.queries import strays_of
from foundation.calendars import busy_times
from foundation.fetching import Fetched, NotFetched, fetch
from foundation.formats import short_date_time
from foundation.periods import moment
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_user


def read_due() -> None:
    """Queue the reading of each calendar that is due."""
    services.read_due(at=timezone.now())


def read_calendar(calendar_id: int) -> None:
    """Fetch one calendar and keep what it says, or what was wrong."""
    calendar = _calendar(calendar_id)
    if calendar is None:
        return
    at = timezone.now()
    asked = question(calendar, at=at)
    try:
        answer = fetch(calendar.address, rules=rules(), headers=asked)
    except NotFetched as error:
        problem = problem_of_error(error)
        services.keep_problem(calendar=calendar, problem=problem, at=at)
        return
    if asked and is_unchanged(answer.status):
        services.keep_unchanged(calendar=calendar, at=at)
        return
    problem = problem_of_status(answer.status) or _keep(calendar, answer, at=at)
    if problem:
        services.keep_problem(calendar=calendar, problem=problem, at=at)


def _keep(calendar: ImportedCalendar, answer: Fetched, *, at: datetime) -> str:
    """Keep what a calendar says; returns what was wrong with it, if anything was."""
    window = window_of(calendar.doctor, at=at)
    busy = busy_times(
        answer.body,
        zone=zone_of(calendar.doctor),
        window=window,
        own=urlsplit(settings.SITE_URL).netloc,
        owners=addresses_of(calendar),
    )
    if not busy.refusal:
        services.keep_busy_times(
            calendar=calendar,
            found=busy.periods,
            skipped=busy.skipped,
            etag=answer.headers.get("etag", ""),
            reach=moment(window[1]),
            at=at,
        )
    return problem_of_refusal(busy.refusal)


def tell_unread(calendar_id: int) -> None:
    """Tell the doctor that a calendar of theirs cannot be read, once."""
    calendar = _calendar(calendar_id)
    if calendar is None or not calendar.failing_since or not calendar.doctor.user:
        return
    if not calendar.doctor.user.is_active:
        return
    zone = zone_of(calendar.doctor)
    read_at = calendar.read_at
    notify(
        event="calendar_unread",
        recipient=recipient_for_user(calendar.doctor.user),
        context={
            "name": calendar.name,
            "problem": calendar.get_problem_display(),
            "advice": calendar.advice,
            "read": short_date_time(read_at, zone, staff=True) if read_at else "",
        },
        dedupe_key=f"unread:{calendar.pk}:{calendar.failing_since.timestamp():.0f}",
        link=reverse("booking:imports"),
        at=timezone.now(),
    )


def tell_hits(calendar_id: int) -> None:
    """Tell the doctor that booked visits lie under an imported calendar's times."""
    calendar, at = _calendar(calendar_id), timezone.now()
    if calendar is None or not calendar.read_at or not calendar.doctor.user:
        return
    count = strays_of([calendar.doctor], at=at).unsettled
    if not count:
        return
    notify(
        event="calendar_hits",
        recipient=recipient_for_user(calendar.doctor.user),
        context={"name": calendar.name, "count": count},
        dedupe_key=f"hits:{calendar.pk}:{calendar.read_at.timestamp():.0f}",
        link=reverse("workspace:strays"),
        at=at,
    )


def _calendar(calendar_id: int) -> ImportedCalendar | None:
    """None where it is gone, or nobody's who works here by now."""
    rows = ImportedCalendar.objects.in_use(timezone.now())
    return rows.select_related("doctor__user").filter(pk=calendar_id).first()
