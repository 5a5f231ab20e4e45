"""When the doors of a location are open, in its own wall time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import Closure, Location, OpeningHours

# How far ahead the next opening is looked for.
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class DayHours:
    """A day's open periods (wall time), or why it is shut."""

    date: date
    periods: tuple[tuple[time, time], ...]
    closed_for: str = ""


@dataclass(frozen=True)
class OpenState:
    """Whether a location is open at an instant, and when (wall time, with zone) that
    changes; `changes_at` None: not within two weeks."""

    is_open: bool
    changes_at: datetime | None


def week(hours: Iterable[OpeningHours]) -> list[tuple[int, list[tuple[time, time]]]]:
    """The seven days of a usual week with their periods, Monday (0) first."""
    periods: dict[int, list[tuple[time, time]]] = {day: [] for day in range(7)}
    for one in hours:
        periods[one.weekday].append((one.opens_at, one.closes_at))
    return [(day, sorted(found)) for day, found in periods.items()]


def days_ahead(
    location: Location,
    hours: Iterable[OpeningHours],
    closures: Iterable[Closure],
    *,
    first: date,
    count: int,
) -> list[DayHours]:
    """The location's days from `first` on; closures of the whole clinic count."""
    usual = dict(week(hours))
    shut = [one for one in closures if one.location_id in {None, location.pk}]
    days = []
    for offset in range(count):
        day = first + timedelta(days=offset)
        reason = next(
            (one.reason for one in shut if one.starts_date <= day < one.ends_date), ""
        )
        periods = () if reason else tuple(usual[day.weekday()])
        days.append(DayHours(day, periods, reason))
    return days


def open_state(
    location: Location,
    hours: Iterable[OpeningHours],
    closures: Iterable[Closure],
    *,
    at: datetime,
) -> OpenState:
    """Whether the location is open at `at` (aware), and until or from when."""
    zone = ZoneInfo(location.time_zone)
    today = at.astimezone(zone).date()
    days = days_ahead(location, hours, closures, first=today, count=LOOK_AHEAD_DAYS)
    for day in days:
        for opens, closes in day.periods:
            opening = datetime.combine(day.date, opens, zone)
            closing = datetime.combine(day.date, closes, zone)
            if opening <= at < closing:
                return OpenState(True, closing)
            if at < opening:
                return OpenState(False, opening)
    return OpenState(False, None)


def next_change(at: datetime) -> datetime:
    """The next instant at which a page may read differently though nobody changed it:
    a location opens or closes, or a day begins somewhere. Aware, after `at`."""
    locations = list(
        Location.objects.filter(is_active=True).prefetch_related("opening_hours")
    )
    closures = list(Closure.objects.filter(ends_date__gt=at.date() - timedelta(days=1)))
    zones = {ZoneInfo(one.time_zone) for one in locations}
    zones.add(ZoneInfo(timezone.get_default_timezone_name()))
    changes = [_midnight(at, zone) for zone in zones]
    for location in locations:
        state = open_state(location, location.opening_hours.all(), closures, at=at)
        if state.changes_at is not None:
            changes.append(state.changes_at)
    return min(changes, key=datetime.timestamp)


def _midnight(at: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)
