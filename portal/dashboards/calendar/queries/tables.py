"""Weeks of everybody, months, and lists of days for paper."""

from calendar import Calendar as Months
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.appointments.models import Appointment, Status
from clinic.doctors.models import Doctor
from foundation.formats import join_words, local, plural
from portal.dashboards.calendar.queries.columns import WEEK, clipped, hours_words
from portal.dashboards.calendar.queries.scopes import Scope
from portal.dashboards.my_day.queries import bounds
from portal.dashboards.schedule.queries import Calendar
from portal.words import status_words

# How many visits a cell of the week names.
NAMED = 4


@dataclass(frozen=True)
class Cell:
    """One doctor's day in the week of everybody. `hours` say when they are open, or why
    they are not."""

    day: date
    hours: str
    is_open: bool
    visits: list[Appointment]

    @property
    def is_used(self) -> bool:
        """Whether there is anything to see in it."""
        return bool(self.is_open or self.visits or self.hours != "Not open")

    @property
    def named(self) -> list[Appointment]:
        """The first of the visits, as many as a cell has room for."""
        return self.visits[:NAMED]

    @property
    def more(self) -> int:
        """How many are not named in the cell, as it would grow too long."""
        return max(len(self.visits) - NAMED, 0)


@dataclass(frozen=True)
class Roster:
    """A week: for each doctor seven cells."""

    days: list[date]
    rows: list[tuple[Doctor, list[Cell]]]


@dataclass(frozen=True)
class MonthCell:
    """One day of a month: how many visits, in words by their status, and who is open.
    Names nobody."""

    day: date
    is_inside: bool
    counts: list[str]
    hours: str


@dataclass(frozen=True)
class ListedDay:
    """A day on paper: whose hours, and the visits in order of time."""

    day: date
    hours: list[tuple[Doctor, str]]
    visits: list[Appointment]


def roster_of(scope: Scope, monday: date, *, at: datetime) -> Roster:
    """The week of everybody who works or has a visit in it. Nine queries."""
    days = _days(monday, WEEK)
    first, after = _window(days, scope.zone)
    visits = list(scope.visits(first, after, at=at))
    doctors = scope.doctors(visits)
    calendars = scope.calendars(doctors, first, after)
    mine: dict[tuple[int, date], list[Appointment]] = defaultdict(list)
    for visit in visits:
        mine[visit.doctor_id, local(visit.starts_at, scope.zone).date()].append(visit)
    rows = [
        (
            doctor,
            [
                _cell(calendars[doctor.pk], day, scope.zone, mine[doctor.pk, day])
                for day in days
            ],
        )
        for doctor in doctors
    ]
    busy = [row for row in rows if any(cell.is_used for cell in row[1])]
    return Roster(days=days, rows=busy)


def _cell(calendar: Calendar, day: date, zone: str, visits: list[Appointment]) -> Cell:
    part = clipped(calendar, bounds(day, zone))
    return Cell(day, hours_words(part, zone), bool(part.opened), visits)


def month_of(scope: Scope, month: date, *, at: datetime) -> list[list[MonthCell]]:
    """The weeks of the month that `month` lies in, from Monday to Sunday. Nine
    queries; loads nobody's visit."""
    weeks = Months().monthdatescalendar(month.year, month.month)
    days = [day for week in weeks for day in week]
    first, after = _window(days, scope.zone)
    rows = scope.visits(first, after, at=at).order_by()
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for starts_at, status in rows.values_list("starts_at", "status"):
        counts[local(starts_at, scope.zone).date()][status] += 1
    doctors = [] if scope.room is not None else scope.doctors([])
    calendars = scope.calendars(doctors, first, after) if doctors else {}
    return [
        [
            MonthCell(
                day=day,
                is_inside=day.month == month.month,
                counts=_counted(counts[day]),
                hours=_open_words(scope, list(calendars.values()), day),
            )
            for day in week
        ]
        for week in weeks
    ]


def _counted(counts: Counter[str]) -> list[str]:
    """ "3 booked", in the order in which a visit goes through its states."""
    return [
        f"{counts[status]} {status_words(status).words.lower()}"
        for status in Status
        if counts[status]
    ]


def _open_words(scope: Scope, calendars: Sequence[Calendar], day: date) -> str:
    """One doctor's hours, or how many doctors are open; why nobody is."""
    window = bounds(day, scope.zone)
    parts = [clipped(calendar, window) for calendar in calendars]
    opened = [part for part in parts if part.opened]
    if opened and scope.doctor is None:
        return plural(len(opened), "doctor")
    shut = [shut for part in parts for shut in part.shut]
    if not calendars:
        return ""
    both = Calendar([p for part in opened for p in part.opened], shut, None)
    return hours_words(both, scope.zone)


def days_of(scope: Scope, first: date, count: int, *, at: datetime) -> list[ListedDay]:
    """`count` days as lists. Nine queries."""
    days = _days(first, count)
    window = _window(days, scope.zone)
    visits = list(scope.visits(*window, at=at))
    doctors = [] if scope.room is not None else scope.doctors(visits)
    calendars = scope.calendars(doctors, *window) if doctors else {}
    by_day: dict[date, list[Appointment]] = defaultdict(list)
    for visit in visits:
        by_day[local(visit.starts_at, scope.zone).date()].append(visit)
    return [
        ListedDay(
            day=day,
            hours=[
                (doctor, words)
                for doctor in doctors
                if (words := _hours_of(calendars[doctor.pk], day, scope.zone))
            ],
            visits=by_day[day],
        )
        for day in days
    ]


def _hours_of(calendar: Calendar, day: date, zone: str) -> str:
    """The hours with what interrupts them: "09:00 to 17:00; Break"."""
    part = clipped(calendar, bounds(day, zone))
    if not part.opened and not part.shut:
        return ""
    words = hours_words(part, zone)
    if not part.opened or not part.shut:
        return words
    return f"{words}; {join_words(list(dict.fromkeys(s.words for s in part.shut)))}"


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def _window(days: Sequence[date], zone: str) -> tuple[datetime, datetime]:
    return bounds(days[0], zone)[0], bounds(days[-1], zone)[1]
