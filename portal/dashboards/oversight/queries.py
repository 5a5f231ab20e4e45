"""How every location does today, in numbers: keys and times are read, and nobody's
visit is loaded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from booking.appointments.models import Status
from booking.appointments.queries import misfits_at
from booking.occupancy.queries import Use, occupancy
from booking.queue.queries import day_of, minutes_until
from booking.strays.queries import strays_of
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.formats import local
from foundation.sql import fetch
from portal.dashboards.disruptions.queries import left_at
from portal.dashboards.front_desk.queries import locations_with

# The visits of each location's own day, by status; of those who wait and were not
# called yet, since when the first does.
_TODAY = """
SELECT a.location_id, a.status, count(*),
       count(*) FILTER (WHERE a.status = 'ARRIVED' AND t.called_at IS NULL),
       min(greatest(t.checked_in_at, a.starts_at))
         FILTER (WHERE a.status = 'ARRIVED' AND t.called_at IS NULL)
  FROM unnest(%(places)s::bigint[], %(firsts)s::timestamptz[],
              %(afters)s::timestamptz[]) AS p(id, first, after)
  JOIN booking_appointment a ON a.location_id = p.id
       AND a.starts_at >= p.first AND a.starts_at < p.after
       AND a.patient_id IS NOT NULL
  LEFT JOIN booking_turn t ON t.appointment_id = a.id
 GROUP BY a.location_id, a.status
"""
# What somebody has to answer: visits and other times that patients asked for.
_ASKED = """
SELECT a.location_id, count(*)
  FROM booking_appointment a
 WHERE a.location_id = ANY(%(places)s::bigint[])
   AND (a.status = 'REQUESTED' AND a.starts_at > %(at)s::timestamptz
        OR EXISTS (SELECT FROM booking_move m
                    WHERE m.appointment_id = a.id AND m.status = 'ASKED'
                      AND m.expires_at > %(at)s::timestamptz))
 GROUP BY a.location_id
"""
_WHERE = """
SELECT location_id, count(*) FROM booking_appointment
 WHERE id = ANY(%(visits)s::bigint[]) GROUP BY location_id
"""


@dataclass(frozen=True)
class Site:
    """One location today, by its own clock. `longest` is how long the first of those
    who wait has waited, in whole minutes; `rooms` is the use of all its rooms."""

    location: Location
    expected: int
    waiting: int
    longest: int | None
    inside: int
    done: int
    missed: int
    asked: int
    strays: int
    misfits: int
    unsettled: int
    rooms: Use


def overseen_by(user: Any) -> QuerySet[Location]:
    """The open locations that `user` answers for."""
    return locations_with(user, Role.MEDICAL_ADMIN, Role.ADMIN)


def sites(locations: Sequence[Location], *, at: datetime) -> list[Site]:
    """Each location, in the order given. A fixed number of queries, and six for the
    rooms of each."""
    if not locations:
        return []
    ids = [one.pk for one in locations]
    today = _today(locations, at=at)
    asked = dict(fetch(_ASKED, {"places": ids, "at": at}))
    found = strays_of(Doctor.objects.all(), at=at)
    open_strays = [*found.open, *found.offered]
    strays = dict(fetch(_WHERE, {"visits": open_strays})) if open_strays else {}
    unfit = [one for one in misfits_at(ids, at=at) if not one.is_accepted]
    misfits = Counter(one.stay.location for one in unfit)
    left = left_at(ids, at=at)
    return [
        _site(one, today[one.pk], asked, strays, misfits, left, at=at)
        for one in locations
    ]


@dataclass
class _Day:
    by_status: Counter[str]
    waiting: int = 0
    since: datetime | None = None


def _today(locations: Iterable[Location], *, at: datetime) -> dict[int, _Day]:
    days = [(one.pk, *day_of(at, one.time_zone)) for one in locations]
    rows = fetch(
        _TODAY,
        {
            "places": [pk for pk, _, _ in days],
            "firsts": [first for _, first, _ in days],
            "afters": [after for _, _, after in days],
        },
    )
    found: dict[int, _Day] = defaultdict(lambda: _Day(Counter()))
    for place, status, count, waiting, since in rows:
        found[place].by_status[status] = count
        if status == Status.ARRIVED:
            found[place].waiting, found[place].since = waiting, since
    return found


def _site(
    location: Location,
    day: _Day,
    asked: dict[int, int],
    strays: dict[int, int],
    misfits: Counter[int],
    left: dict[int, int],
    *,
    at: datetime,
) -> Site:
    here = day.by_status[Status.ARRIVED] + day.by_status[Status.IN_CONSULTATION]
    today = local(at, location.time_zone).date()
    lines = occupancy(location, [today], at=at)
    rooms = sum((line.total for line in lines if line.is_room), Use())
    return Site(
        location=location,
        expected=day.by_status[Status.CONFIRMED],
        waiting=day.waiting,
        # Who came early waits from the time of their visit on.
        longest=max(minutes_until(at, day.since), 0) if day.since else None,
        inside=here - day.waiting,
        done=day.by_status[Status.COMPLETED],
        missed=day.by_status[Status.MISSED],
        asked=asked.get(location.pk, 0),
        strays=strays.get(location.pk, 0),
        misfits=misfits[location.pk],
        unsettled=left.get(location.pk, 0),
        rooms=rooms,
    )
