"""A doctor's calendar: what is open, what is shut, and why."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q

from booking.availability.models import AvailabilityException, WorkingHours
from booking.availability.queries import open_periods
from clinic.doctors.models import Doctor
from clinic.locations.models import Closure
from clinic.visit_types.models import Offering
from foundation import periods
from foundation.periods import DAY, MINUTE, Period, day_number, moment, seconds

HOUR = 60 * 60


@dataclass(frozen=True)
class Shut:
    """Time that the weekly hours would give, and something takes away."""

    starts_at: datetime
    ends_at: datetime
    words: str


@dataclass(frozen=True)
class Calendar:
    """Between two instants: when the doctor is open, what is shut, and the length in
    minutes of their shortest visit (None where they offer nothing)."""

    opened: list[Period]
    shut: list[Shut]
    shortest: int | None


def calendar_of(
    doctor: Doctor, first: datetime, after: datetime, *, zone: str
) -> Calendar:
    """The calendar from `first` until before `after`. Six queries.

    The clinic's own closures are read in the IANA `zone`.
    """
    window = (seconds(first), seconds(after))
    offerings = list(
        Offering.objects.filter(doctor=doctor, is_active=True)
        .select_related("visit_type")
        .order_by("pk")
    )
    pairs = {(doctor.pk, offering.location_id) for offering in offerings}
    found = open_periods(pairs, starts_at=first, ends_at=after) if pairs else {}
    opened = periods.union(period for row in found.values() for period in row)
    hours, pauses = _hours(doctor, window)
    off, extra = _exceptions(doctor, first, after)
    base = periods.clip(periods.union([*hours, *extra]), window)
    reasons = [*_closures({place for _, place in pairs}, window, zone), *off, *pauses]
    return Calendar(
        opened=opened,
        shut=_shut(periods.subtract(base, opened), reasons),
        shortest=min(
            (offering.visit_type.duration_minutes for offering in offerings),
            default=None,
        ),
    )


def _hours(
    doctor: Doctor, window: Period
) -> tuple[list[Period], list[tuple[Period, str]]]:
    """The weekly hours as periods, and their breaks."""
    rows = (
        WorkingHours.objects.filter(doctor=doctor)
        .select_related("location")
        .prefetch_related("breaks")
    )
    hours: list[Period] = []
    pauses: list[tuple[Period, str]] = []
    for row in rows:
        zone, until = row.location.time_zone, row.valid_until
        first, last = (periods.local_day(zone, second) for second in window)
        days = range(
            max(first, day_number(row.valid_from)),
            last + 1 if until is None else min(last + 1, day_number(until)),
        )
        hours += _weekly(row, row.starts_time, row.ends_time, days)
        pauses += [
            (period, "Break")
            for pause in row.breaks.all()
            for period in _weekly(row, pause.starts_time, pause.ends_time, days)
        ]
    return hours, pauses


def _weekly(row: WorkingHours, starts: time, ends: time, days: range) -> list[Period]:
    begins, until = (t.hour * HOUR + t.minute * 60 for t in (starts, ends))
    # 23:59 is how a time of day says midnight.
    until = DAY if until >= DAY - 60 else until
    zone = row.location.time_zone
    return list(periods.weekly(zone, row.weekday, begins, until, days, *row.rhythm))


def _exceptions(
    doctor: Doctor, first: datetime, after: datetime
) -> tuple[list[tuple[Period, str]], list[Period]]:
    """Time off with its note, and extra hours."""
    rows = AvailabilityException.objects.filter(
        doctor=doctor, starts_at__lt=after, ends_at__gt=first
    )
    off: list[tuple[Period, str]] = []
    extra: list[Period] = []
    for row in rows:
        period = (seconds(row.starts_at), seconds(row.ends_at))
        if row.kind == AvailabilityException.Kind.CLOSED:
            off.append((period, row.reason or "Time off"))
        else:
            extra.append(period)
    return off, extra


def _closures(places: set[int], window: Period, zone: str) -> list[tuple[Period, str]]:
    """The clinic's closures, each in the zone of the location that shuts."""
    rows = Closure.objects.filter(
        Q(location__in=places) | Q(location=None),
        starts_date__lte=moment(window[1] + DAY).date(),
        ends_date__gte=moment(window[0] - DAY).date(),
    ).select_related("location")
    found = []
    for row in rows:
        where = row.location.time_zone if row.location else zone
        starts, ends = (
            periods.day_start(where, day_number(day))
            for day in (row.starts_date, row.ends_date)
        )
        found.append(((starts, ends), row.reason))
    return found


def _shut(pieces: list[Period], reasons: list[tuple[Period, str]]) -> list[Shut]:
    """Name what is shut: each piece by the first reason that covers it."""
    found = []
    for period, words in reasons:
        found += [(piece, words) for piece in periods.clip(pieces, period)]
        pieces = periods.subtract(pieces, [period])
    found += [(piece, "Not open") for piece in pieces]
    return [
        Shut(moment(starts), moment(ends), words)
        for (starts, ends), words in sorted(found)
        # Less is nothing but fractions of seconds that were rounded.
        if ends - starts >= MINUTE
    ]
