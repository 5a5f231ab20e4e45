"""The week at a location: who is planned, and beside them who sees patients."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from booking.availability.queries import open_periods
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.rota.models import Shift
from clinic.rota.queries import RotaDay, rota
from clinic.rota.queries.duties import instants, weeks_from
from clinic.rota.queries.weeks import WEEKS_AHEAD
from foundation import periods
from foundation.formats import clock
from foundation.periods import moment
from portal.dashboards.my_day.queries import bounds


@dataclass(frozen=True)
class Seeing:
    """A doctor with their hours at the location on one day, in words."""

    doctor: Doctor
    hours: list[str]


@dataclass(frozen=True)
class Day:
    """One day at a location, with the doctors beside the others."""

    planned: RotaDay
    seeing: list[Seeing]

    @property
    def day(self) -> date:
        return self.planned.day


def week(location: Location, days: Sequence[date]) -> list[Day]:
    """The location on `days`, which follow each other. Eight queries."""
    by_day = seeing(location, days)
    return [Day(one, by_day[one.day]) for one in rota(location, days)]


def seeing(location: Location, days: Sequence[date]) -> dict[date, list[Seeing]]:
    """Which doctors have hours at the location on `days`, less their breaks and what
    closes their calendar, by name. Two queries."""
    zone = location.time_zone
    doctors = Doctor.objects.filter(
        Q(working_hours__location=location)
        | Q(availability_exceptions__location=location)
    ).distinct()
    known = {one.pk: one for one in doctors.order_by("last_name", "first_name", "pk")}
    first, after = bounds(days[0], zone)[0], bounds(days[-1], zone)[1]
    opened = open_periods(
        [(pk, location.pk) for pk in known], starts_at=first, ends_at=after
    )
    found: dict[date, list[Seeing]] = defaultdict(list)
    for day in days:
        begins, ends = (periods.seconds(at) for at in bounds(day, zone))
        for pk, doctor in known.items():
            spans = periods.union(
                periods.clip(opened.get((pk, location.pk), []), (begins, ends))
            )
            if spans:
                words = [
                    f"{clock(moment(start), zone, staff=True)} to"
                    f" {clock(moment(end), zone, staff=True)}"
                    for start, end in spans
                ]
                found[day].append(Seeing(doctor, words))
    return found


def bookable_then(shift: Shift) -> list[str]:
    """Where the person of a shift can be booked by name while they would work it, in
    the four weeks from its first day on, in sentences. At most three queries."""
    doctor = Doctor.objects.filter(user=shift.user).first()
    if doctor is None:
        return []
    days = [
        day for day in weeks_from(shift.valid_from, WEEKS_AHEAD) if shift.falls_on(day)
    ]
    spans = periods.union(span for day in days for span in instants(shift, day))
    if not spans:
        return []
    places = Location.objects.filter(offerings__doctor=doctor).distinct()
    names = {one.pk: one.name for one in places.order_by("name")}
    opened = open_periods(
        [(doctor.pk, pk) for pk in names],
        starts_at=moment(spans[0][0]),
        ends_at=moment(spans[-1][1]),
    )
    return [
        f"{shift.user} can be booked at {name} in this time."
        for pk, name in names.items()
        if periods.intersect(spans, periods.union(opened.get((doctor.pk, pk), [])))
    ]
