"""How far to read a calendar, how to ask for it, and what an answer means."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Max, QuerySet

from booking.imports.models import ImportedCalendar, Problem
from booking.imports.permissions import visible_to
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering
from foundation.calendars import NO_CALENDAR, TOO_MANY, TOO_MUCH
from foundation.fetching import (
    Forbidden,
    NotFetched,
    Rules,
    TooLarge,
    TooSlow,
)
from foundation.periods import DAY, Period, seconds

# As far ahead as visits are booked, and never less: the desk looks beyond.
LEAST_AHEAD, MOST_AHEAD = 90, 400
# All the years that there were, in the words of some providers.
MOST_BYTES = 12_000_000
SECONDS = 20

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_OK, _UNCHANGED = 200, 304
_ANSWERS = {
    401: Problem.DENIED,
    403: Problem.DENIED,
    404: Problem.GONE,
    410: Problem.GONE,
}
_REFUSALS = {
    NO_CALENDAR: Problem.NO_CALENDAR,
    TOO_MANY: Problem.LARGE,
    TOO_MUCH: Problem.TOO_MUCH,
}
_ERRORS: tuple[tuple[type[NotFetched], Problem], ...] = (
    (Forbidden, Problem.FORBIDDEN),
    (TooLarge, Problem.LARGE),
    (TooSlow, Problem.SLOW),
    (NotFetched, Problem.UNREACHABLE),
)


def rules() -> Rules:
    """What an address may be, and how much of it we take."""
    inside = frozenset(settings.CALENDAR_HOSTS_INSIDE)
    return Rules(most_bytes=MOST_BYTES, seconds=SECONDS, inside=inside)


def window_of(doctor: Doctor, *, at: datetime) -> Period:
    """The seconds between which busy times matter: from yesterday until the doctor's
    furthest horizon. Whole days, so that what is known changes when the calendar does
    and not with every minute that passes."""
    rows: Any = Offering.objects.filter(doctor=doctor, is_active=True)
    days = rows.aggregate(most=Max("visit_type__horizon_days"))["most"] or 0
    today = seconds(at) // DAY
    # Two days more than what has to be known: one may pass until it is read anew.
    last = today + min(max(days, LEAST_AHEAD), MOST_AHEAD) + 2
    return (today - 1) * DAY, last * DAY


def addresses_of(calendar: ImportedCalendar) -> list[str]:
    """The e-mail addresses at which whose calendar it is may be invited: those with
    which they sign in here, and one that stands in the calendar's own address, as in
    those of Google."""
    user, found = calendar.doctor.user, []
    if user is not None:
        rows = EmailAddress.objects.filter(user=user, verified=True)
        found = [user.email, *(row.email for row in rows)]
    path = unquote(urlsplit(calendar.address).path)
    parts = [part for part in path.split("/") if _ADDRESS.fullmatch(part)]
    return [*found, *parts]


def question(calendar: ImportedCalendar, *, at: datetime) -> Mapping[str, str]:
    """The headers with which to ask: only for what has changed, as long as what is
    known reaches far enough."""
    _, last = window_of(calendar.doctor, at=at)
    reaches = calendar.reach_at is not None and seconds(calendar.reach_at) >= last
    if not (reaches and calendar.etag and not calendar.problem):
        return {}
    return {"If-None-Match": calendar.etag}


def is_unchanged(status: int) -> bool:
    """Whether it is as it was when it was read last."""
    return status == _UNCHANGED


def problem_of_status(status: int) -> str:
    """What an answer of HTTP means; "" where the calendar came."""
    return "" if status == _OK else _ANSWERS.get(status, Problem.UNREACHABLE)


def problem_of_error(error: NotFetched) -> str:
    """What it means that there was no answer."""
    return next(problem for kind, problem in _ERRORS if isinstance(error, kind))


def problem_of_refusal(refusal: str) -> str:
    """What is wrong with a calendar that came; "" where nothing is."""
    return _REFUSALS[refusal] if refusal else ""


def calendars_of(doctor: Doctor) -> QuerySet[ImportedCalendar]:
    """The doctor's, by name."""
    return ImportedCalendar.objects.filter(doctor=doctor).order_by("name", "pk")


def all_calendars(user: Any) -> QuerySet[ImportedCalendar]:
    """All that `user` looks after with their doctors: first what cannot be read."""
    rows = visible_to(user).select_related("doctor")
    return rows.order_by("failing_since", "doctor__last_name", "name", "pk")


def count_failing(user: Any) -> int:
    """How many of them cannot be read."""
    return visible_to(user).exclude(problem="").count()
