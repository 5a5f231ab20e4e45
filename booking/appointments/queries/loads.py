"""How much of a doctor's time is booked already: who is to have the next visit."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from clinic.doctors.models import Doctor
from foundation.formats import local
from foundation.periods import day_number
from foundation.sql import fetch

# Which weekday 1 January 1970 was, counted from Monday.
_EPOCH_WEEKDAY = 3
WEEK = timedelta(days=7)

_MINUTES = """
SELECT a.doctor_id, (a.starts_at AT TIME ZONE %(zone)s)::date - DATE '1970-01-01',
       sum(date_part('epoch', a.ends_at - a.starts_at))::bigint / 60
  FROM booking_appointment a
 WHERE a.doctor_id = ANY(%(doctors)s::bigint[])
   AND a.starts_at >= %(first)s::timestamptz AND a.starts_at < %(last)s::timestamptz
   AND a.status IN ('HELD', 'REQUESTED', 'CONFIRMED', 'ARRIVED', 'IN_CONSULTATION',
                    'COMPLETED')
   AND NOT (a.status = 'HELD' AND a.hold_expires_at <= %(at)s::timestamptz)
 GROUP BY 1, 2
"""

# What orders doctors: minutes of the day, of its week, family name, name, key.
Rank = tuple[int, int, str, str, int]


class Loads(NamedTuple):
    """The booked minutes of doctors by (doctor id, number of the day, or of its week),
    on the calendar of one place."""

    zone: str
    days: dict[tuple[int, int], int]
    weeks: dict[tuple[int, int], int]

    def rank(self, doctor: Doctor, starts_at: datetime) -> Rank:
        """Where a doctor stands among those who are free at that time; the first one
        has least booked that day, then that week, then the name that comes first."""
        day = day_number(local(starts_at, self.zone).date())
        return (
            self.days.get((doctor.pk, day), 0),
            self.weeks.get((doctor.pk, _week(day)), 0),
            doctor.last_name,
            doctor.first_name,
            doctor.pk,
        )


def _week(day: int) -> int:
    return (day + _EPOCH_WEEKDAY) // 7


def loads_of(
    doctor_ids: Collection[int],
    *,
    first: datetime,
    last: datetime,
    zone: str,
    at: datetime,
) -> Loads:
    """What these doctors have booked from the week of `first` until that of `last`, on
    the calendar of `zone`. One query, none for one doctor or nobody."""
    found = Loads(zone, {}, defaultdict(int))
    if len(doctor_ids) < 2:
        return found
    rows = fetch(
        _MINUTES,
        {
            "doctors": list(doctor_ids),
            "first": first - WEEK,
            "last": last + WEEK,
            "zone": zone,
            "at": at,
        },
    )
    for doctor, day, minutes in rows:
        found.days[doctor, day] = minutes
        found.weeks[doctor, _week(day)] += minutes
    return found
