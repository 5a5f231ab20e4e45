"""How much of the time in which a room or a piece of equipment can be had is booked?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from booking.appointments.queries import fits_at
from booking.appointments.queries.resources import (
    EQUIPMENT,
    ROOM,
    Key,
    Resource,
    Resources,
)
from clinic.locations.models import Closure, Location
from clinic.resources.models import Equipment, Room
from foundation import periods
from foundation.periods import MINUTE, Period, day_number, moment
from foundation.sql import fetch

# Who has them, also where it is over; nobody's name, and not those who never came.
_USED = """
SELECT a.room_id, a.equipment_ids::bigint[],
       date_part('epoch', a.busy_starts_at)::bigint,
       date_part('epoch', a.busy_ends_at)::bigint
  FROM booking_appointment a
 WHERE a.location_id = %(location)s
   AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION',
                    'COMPLETED')
   AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
   AND a.starts_at > %(first)s::timestamptz - interval '1 day'
   AND a.starts_at < %(last)s::timestamptz + interval '1 day'
   AND (a.room_id IS NOT NULL OR a.equipment_ids <> '{}')
"""


@dataclass(frozen=True)
class Use:
    """Minutes in which something could be had, was booked then, was booked beyond that,
    and was out of order."""

    open: int = 0
    booked: int = 0
    beyond: int = 0
    out: int = 0

    @property
    def share(self) -> int | None:
        """Booked of open, in percent; None where it was not open at all."""
        return round(100 * self.booked / self.open) if self.open else None

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.open + other.open,
            self.booked + other.booked,
            self.beyond + other.beyond,
            self.out + other.out,
        )


@dataclass(frozen=True)
class Line:
    """One room or piece of equipment, with its use on each day."""

    resource: Room | Equipment
    dated: list[tuple[date, Use]]

    @property
    def days(self) -> list[Use]:
        return [use for _, use in self.dated]

    @property
    def total(self) -> Use:
        return sum(self.days, Use())

    @property
    def is_room(self) -> bool:
        return isinstance(self.resource, Room)


def occupancy(location: Location, days: Sequence[date], *, at: datetime) -> list[Line]:
    """The rooms of the location, then its equipment, each with its use on `days`, local
    ones that follow each other.

    Open is what its own hours say, else the location's opening hours, less closures and
    outages, by the real length of each day. Booked are visits with their buffers, those
    that took place too. What is closed for good is there where it was booked. Six
    queries.
    """
    zone = location.time_zone
    spans = [_day(zone, day) for day in days]
    window = (spans[0][0], spans[-1][1])
    fits = fits_at(
        [location.pk], starts_at=moment(window[0]), ends_at=moment(window[1]), at=at
    )
    used = _used(location, window, at)
    doors = _doors_open(location, days)
    shut = _closures(location, days)
    lines = []
    for resource in _every(location):
        key = _key(resource)
        if not resource.is_active and not used[key]:
            continue
        own = fits.resources.own_hours(_known(fits.resources, key), window)
        opened = doors if own is None else own
        out = periods.intersect(
            periods.subtract(opened, shut), periods.union(fits.resources.outages(key))
        )
        open_ = periods.subtract(opened, [*shut, *out])
        booked = periods.union(used[key])
        dated = [
            (day, _use(open_, booked, out, span))
            for day, span in zip(days, spans, strict=True)
        ]
        lines.append(Line(resource, dated))
    return lines


def _every(location: Location) -> list[Room | Equipment]:
    return [
        *location.rooms.order_by("name", "pk"),
        *location.equipment.select_related("room").order_by("name", "pk"),
    ]


def _key(resource: Room | Equipment) -> Key:
    return (ROOM if isinstance(resource, Room) else EQUIPMENT, resource.pk)


def _known(resources: Resources, key: Key) -> Resource:
    kind, pk = key
    return (resources.rooms if kind == ROOM else resources.equipment)[pk]


def _day(zone: str, day: date) -> Period:
    number = day_number(day)
    return periods.day_start(zone, number), periods.day_start(zone, number + 1)


def _used(location: Location, window: Period, at: datetime) -> dict[Key, list[Period]]:
    rows = fetch(
        _USED,
        {
            "location": location.pk,
            "first": moment(window[0]),
            "last": moment(window[1]),
            "at": at,
        },
    )
    used: dict[Key, list[Period]] = defaultdict(list)
    for room, pieces, starts, ends in rows:
        if room is not None:
            used[ROOM, room].append((starts, ends))
        for piece in pieces:
            used[EQUIPMENT, piece].append((starts, ends))
    return used


def _doors_open(location: Location, days: Sequence[date]) -> list[Period]:
    """The location's opening hours over the days."""
    numbers = range(day_number(days[0]), day_number(days[-1]) + 1)
    zone = location.time_zone
    return periods.union(
        opened
        for row in location.opening_hours.all()
        for opened in periods.weekly(
            zone,
            row.weekday,
            _clock(row.opens_at),
            periods.closing(_clock(row.closes_at)),
            numbers,
        )
    )


def _clock(at: time) -> int:
    return (at.hour * 60 + at.minute) * MINUTE


def _closures(location: Location, days: Sequence[date]) -> list[Period]:
    after = days[-1] + timedelta(days=1)
    rows = Closure.objects.filter(
        Q(location=location) | Q(location=None),
        starts_date__lt=after,
        ends_date__gt=days[0],
    )
    zone = location.time_zone
    return [
        (
            periods.day_start(zone, day_number(row.starts_date)),
            periods.day_start(zone, day_number(row.ends_date)),
        )
        for row in rows
    ]


def _use(
    opened: list[Period], booked: list[Period], out: list[Period], span: Period
) -> Use:
    inside = periods.intersect(opened, booked)
    return Use(
        open=_minutes(opened, span),
        booked=_minutes(inside, span),
        beyond=_minutes(periods.subtract(booked, opened), span),
        out=_minutes(out, span),
    )


def _minutes(found: list[Period], span: Period) -> int:
    clipped = periods.clip(found, span)
    return sum(end - start for start, end in clipped) // MINUTE
