"""A doctor's calendar: what is open, what is shut, and why."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q

from booking.availability.models import (
    AvailabilityException,
    BusyTime,
    WorkingHours,
)
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
    """The calendar from `first` until before `after`. Seven queries.

    The clinic's own closures are read in the IANA `zone`.
    """
    return calendars_of([doctor], first, after, zone=zone)[doctor.pk]


def calendars_of(
    doctors: Collection[Doctor],
    first: datetime,
    after: datetime,
    *,
    zone: str,
    shown: Collection[int] | None = None,
) -> dict[int, Calendar]:
    """The calendars of `doctors` by their keys. Seven queries, whatever their number.

    With `shown`, the keys of locations, a doctor's hours at others are shut here, and
    say where the doctor is.
    """
    window = (seconds(first), seconds(after))
    keys = [doctor.pk for doctor in doctors]
    offerings = list(
        Offering.objects.filter(doctor__in=keys, is_active=True)
        .select_related("visit_type", "location")
        .order_by("pk")
    )
    pairs = {(offering.doctor_id, offering.location_id) for offering in offerings}
    found = open_periods(pairs, starts_at=first, ends_at=after) if pairs else {}
    hours, pauses = _hours(keys, window)
    off, extra = _exceptions(keys, first, after)
    busy = _busy(keys, first, after)
    closures = _closures({place for _, place in pairs}, window, zone)
    names = {offering.location_id: offering.location.name for offering in offerings}
    calendars = {}
    for key in keys:
        here = {place for who, place in pairs if who == key}
        near = here if shown is None else here & set(shown)
        opened = periods.union(p for one in near for p in found.get((key, one), []))
        away = [
            (period, f"At {names[one]}")
            for one in sorted(here - near)
            for period in found.get((key, one), [])
        ]
        base = periods.clip(periods.union([*hours[key], *extra[key]]), window)
        shut = [(p, words) for where, p, words in closures if where in (None, *here)]
        reasons = [*shut, *off[key], *busy[key], *pauses[key], *away]
        calendars[key] = Calendar(
            opened=opened,
            shut=_shut(periods.subtract(base, opened), reasons),
            shortest=min(
                (
                    one.visit_type.duration_minutes
                    for one in offerings
                    if one.doctor_id == key and one.location_id in near
                ),
                default=None,
            ),
        )
    return calendars


# A period, and why it is shut.
Reason = tuple[Period, str]


def _hours(
    doctors: Sequence[int], window: Period
) -> tuple[dict[int, list[Period]], dict[int, list[Reason]]]:
    """Each doctor's weekly hours as periods, and their breaks."""
    rows = (
        WorkingHours.objects.filter(doctor__in=doctors)
        .select_related("location")
        .prefetch_related("breaks")
    )
    hours: dict[int, list[Period]] = defaultdict(list)
    pauses: dict[int, list[Reason]] = defaultdict(list)
    for row in rows:
        zone, until = row.location.time_zone, row.valid_until
        first, last = (periods.local_day(zone, second) for second in window)
        days = range(
            max(first, day_number(row.valid_from)),
            last + 1 if until is None else min(last + 1, day_number(until)),
        )
        hours[row.doctor_id] += _weekly(row, row.starts_time, row.ends_time, days)
        pauses[row.doctor_id] += [
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
    doctors: Sequence[int], first: datetime, after: datetime
) -> tuple[dict[int, list[Reason]], dict[int, list[Period]]]:
    """Each doctor's time off with its note, and extra hours."""
    rows = AvailabilityException.objects.filter(
        doctor__in=doctors, starts_at__lt=after, ends_at__gt=first
    ).select_related("location")
    off: dict[int, list[Reason]] = defaultdict(list)
    extra: dict[int, list[Period]] = defaultdict(list)
    for row in rows:
        period = (seconds(row.starts_at), seconds(row.ends_at))
        if row.kind == AvailabilityException.Kind.CLOSED:
            words = row.reason or "Time off"
            where = f" ({row.location.name})" if row.location else ""
            off[row.doctor_id].append((period, f"{words}{where}"))
        else:
            extra[row.doctor_id].append(period)
    return off, extra


def _busy(
    keys: Collection[int], first: datetime, after: datetime
) -> dict[int, list[Reason]]:
    """When they are taken outside, as their imported calendars say."""
    found: dict[int, list[Reason]] = defaultdict(list)
    rows = BusyTime.objects.filter(
        doctor__in=keys, starts_at__lt=after, ends_at__gt=first
    )
    for row in rows:
        period = (seconds(row.starts_at), seconds(row.ends_at))
        found[row.doctor_id].append((period, "Busy elsewhere"))
    return found


def _closures(
    places: set[int], window: Period, zone: str
) -> list[tuple[int | None, Period, str]]:
    """The clinic's closures with the location that shuts, each in its zone."""
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
        found.append((row.location_id, (starts, ends), row.reason))
    return found


def _shut(pieces: list[Period], reasons: Iterable[Reason]) -> list[Shut]:
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
