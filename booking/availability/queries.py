"""When are doctors open for booking? And what would a change of that hit?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from booking.availability.models import WorkingHours
from clinic.doctors.models import Doctor
from clinic.identity.queries import current
from foundation import periods
from foundation.periods import Period
from foundation.sql import fetch

# A doctor at a location, by their ids.
Pair = tuple[int, int]


# Kinds of rows. All rows of a calendar's statement have the same seven columns: kind,
# subject, other, starts, ends, zone, numbers.
PAIR, HOURS, CLOSED, EXTRA, CLOSURE = range(5)

# Everything that opens or closes the calendars of the pairs in `wanted`, a common table
# with doctor_id and location_id. Parameters: first and last, the window's timestamps.
# Dates leave as day numbers, wall times as seconds, instants as seconds since 1970.
# Who leaves, or whose licence is over, is open up to that day.
# A doctor without a date of joining has been here from day 0, 1970, on. The numbers of
# a pair are the shortest notice of its location, in minutes, and its horizon, in days.
SOURCES = """
SELECT 0 AS kind, d.id AS subject, l.id AS other,
       (coalesce(d.joined_date, '1970-01-01') - DATE '1970-01-01')::bigint AS starts,
       (least(d.left_date, d.paused_date) - DATE '1970-01-01')::bigint AS ends,
       l.time_zone::text AS zone,
       CASE WHEN l.notice_minutes IS NOT NULL OR l.horizon_days IS NOT NULL
            THEN ARRAY[coalesce(l.notice_minutes, 0),
                       coalesce(l.horizon_days, 10000000)]::bigint[] END AS numbers
  FROM (SELECT DISTINCT doctor_id, location_id FROM wanted) w
  JOIN clinic_doctor d ON d.id = w.doctor_id
  JOIN clinic_location l ON l.id = w.location_id AND l.is_active
UNION ALL
SELECT 1, h.doctor_id, h.location_id,
       date_part('epoch', h.starts_time)::bigint,
       date_part('epoch', h.ends_time)::bigint, NULL,
       ARRAY[h.weekday, h.valid_from - DATE '1970-01-01',
             coalesce(h.valid_until - DATE '1970-01-01', 10000000),
             h.every_weeks, coalesce(h.anchor_date - DATE '1970-01-01', 0)]::bigint[]
       || ARRAY(SELECT unnest(ARRAY[date_part('epoch', b.starts_time),
                                    date_part('epoch', b.ends_time)])::bigint
                  FROM booking_break b WHERE b.working_hours_id = h.id)
  FROM booking_workinghours h
 WHERE h.doctor_id = ANY(ARRAY(SELECT doctor_id FROM wanted))
   AND h.location_id = ANY(ARRAY(SELECT location_id FROM wanted))
   AND h.valid_from <= (%(last)s::timestamptz AT TIME ZONE 'UTC')::date + 1
   AND (h.valid_until IS NULL
        OR h.valid_until >= (%(first)s::timestamptz AT TIME ZONE 'UTC')::date - 1)
UNION ALL
SELECT CASE WHEN e.kind = 'CLOSED' THEN 2 ELSE 3 END, e.doctor_id, e.location_id,
       date_part('epoch', e.starts_at)::bigint, date_part('epoch', e.ends_at)::bigint,
       NULL, NULL
  FROM booking_availabilityexception e
 WHERE e.doctor_id = ANY(ARRAY(SELECT doctor_id FROM wanted))
   AND e.ends_at > %(first)s::timestamptz AND e.starts_at < %(last)s::timestamptz
UNION ALL
SELECT 2, b.doctor_id, NULL, date_part('epoch', b.starts_at)::bigint,
       date_part('epoch', b.ends_at)::bigint, NULL, NULL
  FROM booking_busytime b
 WHERE b.doctor_id = ANY(ARRAY(SELECT doctor_id FROM wanted))
   AND b.ends_at > %(first)s::timestamptz AND b.starts_at < %(last)s::timestamptz
UNION ALL
SELECT 4, NULL, c.location_id, (c.starts_date - DATE '1970-01-01')::bigint,
       (c.ends_date - DATE '1970-01-01')::bigint, NULL, NULL
  FROM clinic_closure c
 WHERE c.ends_date >= (%(first)s::timestamptz AT TIME ZONE 'UTC')::date - 1
   AND c.starts_date <= (%(last)s::timestamptz AT TIME ZONE 'UTC')::date + 1
"""

WANTED_PAIRS = """
WITH wanted AS MATERIALIZED (
  SELECT doctor_id, location_id
    FROM unnest(%(doctors)s::bigint[], %(locations)s::bigint[])
         AS pairs(doctor_id, location_id)
)
"""
_OF_PAIRS = WANTED_PAIRS + SOURCES


class Sources:
    """The rows of `SOURCES`, sorted by whom they concern."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, ...]] = []
        self.hours: dict[Pair, list[tuple[Any, ...]]] = defaultdict(list)
        self.closed: dict[int, list[Period]] = defaultdict(list)
        self.closed_at: dict[Pair, list[Period]] = defaultdict(list)
        self.extra: dict[Pair, list[Period]] = defaultdict(list)
        self.closures: list[tuple[Any, ...]] = []

    def add(self, row: tuple[Any, ...]) -> None:
        """Take in one row of `SOURCES`."""
        kind, subject, other, starts, ends, _zone, _numbers = row
        if kind == HOURS:
            self.hours[subject, other].append(row)
        elif kind == PAIR:
            self.pairs.append(row)
        elif kind == CLOSED and other is not None:
            self.closed_at[subject, other].append((starts, ends))
        elif kind == CLOSED:
            self.closed[subject].append((starts, ends))
        elif kind == EXTRA:
            self.extra[subject, other].append((starts, ends))
        else:
            self.closures.append(row)

    def limits(self) -> dict[int, tuple[int, int]]:
        """What locations ask for besides the visit types, by key: notice in minutes and
        horizon in days. Those that ask for nothing are left out."""
        return {
            location: (numbers[0], numbers[1])
            for _, _, location, _, _, _, numbers in self.pairs
            if numbers
        }

    def expand(self, first: int, last: int) -> dict[Pair, list[Period]]:
        """The open periods of every pair on the local days from `first` to `last`.

        Hours and extra hours, less breaks, time off, closures and what calendars from
        outside say, while the doctor works here. Not clipped, and periods that touch
        stay apart: where a period begins must not depend on what was asked.
        """
        found = {}
        for _, doctor, location, joined, left, zone, _numbers in self.pairs:
            days = range(
                periods.local_day(zone, first), periods.local_day(zone, last) + 1
            )
            opened = chain.from_iterable(
                _expand_hours(row, zone, days)
                for row in self.hours.get((doctor, location), ())
            )
            extra = self.extra.get((doctor, location), ())
            merged = periods.union(chain(opened, extra), keep_seams=True)
            shut = [
                *self.closed.get(doctor, ()),
                *self.closed_at.get((doctor, location), ()),
                *self._shut(location, zone),
            ]
            if joined >= days.start:
                shut.append((0, periods.day_start(zone, joined)))
            if merged and left is not None and left < days.stop:
                shut.append((periods.day_start(zone, left), merged[-1][1]))
            found[doctor, location] = periods.subtract(merged, shut) if shut else merged
        return found

    def _shut(self, location: int, zone: str) -> list[Period]:
        return [
            (periods.day_start(zone, starts), periods.day_start(zone, ends))
            for _, _, where, starts, ends, _, _ in self.closures
            if where is None or where == location
        ]


def _expand_hours(row: tuple[Any, ...], zone: str, days: range) -> Iterable[Period]:
    """One row of working hours, less its breaks, over the local days it holds for."""
    _, _, _, starts, ends, _, numbers = row
    weekday, valid_from, valid_until, every, anchor = numbers[:5]
    pieces = [(starts, periods.closing(ends))]
    if len(numbers) > 5:
        pieces = periods.subtract(
            pieces, zip(numbers[5::2], numbers[6::2], strict=True)
        )
    valid = range(max(days.start, valid_from), min(days.stop, valid_until))
    return chain.from_iterable(
        periods.weekly(zone, weekday, start, end, valid, every, anchor)
        for start, end in pieces
    )


def open_periods(
    pairs: Collection[Pair], *, starts_at: datetime, ends_at: datetime
) -> dict[Pair, list[Period]]:
    """When each doctor can be booked at each location, whatever is booked already.

    Pairs are (doctor id, location id); the window is two aware instants. Periods are
    of `foundation.periods`, in UTC seconds. One query. A closed location has no key.
    """
    rows = fetch(
        _OF_PAIRS,
        {
            "doctors": [doctor for doctor, _ in pairs],
            "locations": [location for _, location in pairs],
            "first": starts_at,
            "last": ends_at,
        },
    )
    sources = Sources()
    for row in rows:
        sources.add(row)
    window = (periods.seconds(starts_at), periods.seconds(ends_at))
    found = sources.expand(*window)
    return {pair: periods.clip(opened, window) for pair, opened in found.items()}


def zone_of(doctor: Doctor) -> str:
    """The IANA zone a doctor's day is shown in: that of the place whose hours were
    entered first of those that go on, else the clinic's."""
    return zones_of([doctor.pk])[doctor.pk]


def zones_of(doctor_ids: Collection[int]) -> dict[int, str]:
    """The same for many, by the doctor's key. Two queries."""
    hours = WorkingHours.objects.filter(doctor__in=doctor_ids, valid_until=None)
    firsts = hours.order_by("doctor", "pk").distinct("doctor")
    found = dict(firsts.values_list("doctor_id", "location__time_zone"))
    return dict.fromkeys(doctor_ids, current().time_zone) | found
