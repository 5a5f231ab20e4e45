"""Who is here, at a location or in one's own week."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from clinic.locations.models import Closure, Location, OpeningHours
from clinic.rota.models import ONE_DAY, DaysOff, Shift
from clinic.rota.queries.duties import (
    Duty,
    closure_on,
    duties,
    of_day,
    span_words,
    valid_in,
    weeks_from,
)
from foundation import periods
from foundation.periods import Period

# How far somebody looks ahead who is about to take a colleague out.
WEEKS_AHEAD = 4


@dataclass(frozen=True)
class RotaDay:
    """One day at a location. `open` are its opening hours, in words; `gaps` those parts
    of them in which nobody is at the desk. `closed` says why it is shut."""

    day: date
    closed: str
    open: list[str]
    here: list[Duty]
    missing: list[Duty]
    gaps: list[str]

    @property
    def is_unmanned(self) -> bool:
        """Whether nobody is at the desk at any time that it is open."""
        return bool(self.gaps) and self.gaps == self.open


@dataclass(frozen=True)
class OwnDay:
    """One day of somebody's own week."""

    day: date
    here: list[Duty]
    missing: list[Duty]
    is_away: bool


def rota(location: Location, days: Sequence[date]) -> list[RotaDay]:
    """Who works at the location on `days`, which follow each other. Six queries."""
    rows = Shift.objects.filter(
        valid_in(days[0], days[-1] + ONE_DAY), location=location
    ).select_related("user", "location")
    by_day = _by_day(duties(rows, days))
    opened: dict[int, list[Period]] = defaultdict(list)
    for row in OpeningHours.objects.filter(location=location):
        opened[row.weekday].append(of_day(row.opens_at, row.closes_at))
    closures = list(
        Closure.objects.filter(
            starts_date__lte=days[-1], ends_date__gt=days[0]
        ).order_by("pk")
    )
    return [
        _rota_day(
            day,
            by_day[day],
            periods.union(opened[day.weekday()]),
            closure_on(closures, location.pk, day),
        )
        for day in days
    ]


def _by_day(found: Iterable[Duty]) -> dict[date, list[Duty]]:
    by_day: dict[date, list[Duty]] = defaultdict(list)
    for duty in found:
        by_day[duty.day].append(duty)
    return by_day


def _rota_day(
    day: date, found: list[Duty], opened: list[Period], shut: Closure | None
) -> RotaDay:
    here = [duty for duty in found if duty.is_on]
    at_desk = [span for duty in here if duty.is_at_desk for span in duty.spans]
    opened = [] if shut else opened
    return RotaDay(
        day=day,
        closed=shut.reason if shut else "",
        open=[span_words(span) for span in opened],
        here=here,
        missing=[duty for duty in found if not duty.is_on],
        gaps=[
            span_words(span)
            for span in periods.subtract(opened, periods.union(at_desk))
        ],
    )


@dataclass
class Present:
    """Who is in at a location on one day."""

    location: Location
    here: list[Duty] = field(default_factory=list)


def present_at(locations: QuerySet[Location], day: date) -> list[Present]:
    """Who works at these locations on that day, by the locations' names; those at which
    nobody is planned are left out. Four queries, one where there is nobody at all."""
    rows = Shift.objects.filter(
        valid_in(day, day + ONE_DAY), weekday=day.weekday(), location__in=locations
    ).select_related("user", "location")
    found: dict[int, Present] = {}
    for duty in duties(rows, [day]):
        if duty.is_on:
            place = duty.shift.location
            found.setdefault(place.pk, Present(place)).here.append(duty)
    return sorted(found.values(), key=lambda one: one.location.name)


def own_days(user: User, days: Sequence[date]) -> list[OwnDay]:
    """Where `user` works on `days`, which follow each other. Five queries."""
    first, after = days[0], days[-1] + ONE_DAY
    rows = Shift.objects.filter(valid_in(first, after), user=user)
    by_day = _by_day(duties(rows.select_related("user", "location"), days))
    away = list(
        DaysOff.objects.filter(
            user=user,
            shift=None,
            starts_time=None,
            starts_date__lt=after,
            ends_date__gt=first,
        )
    )
    return [
        OwnDay(
            day=day,
            here=[duty for duty in by_day[day] if duty.is_on],
            missing=[duty for duty in by_day[day] if not duty.is_on],
            is_away=any(row.starts_date <= day < row.ends_date for row in away),
        )
        for day in days
    ]


def coming(user: User, *, first: date) -> list[Duty]:
    """What `user` is planned for in the four weeks from `first` on."""
    days = weeks_from(first, WEEKS_AHEAD)
    rows = Shift.objects.filter(valid_in(days[0], days[-1] + ONE_DAY), user=user)
    found = duties(rows.select_related("user", "location"), days)
    return [duty for duty in found if duty.is_on]
