"""Days side by side: of several doctors or rooms, or the week of one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.appointments.models import Appointment, Status
from clinic.doctors.models import Doctor
from clinic.resources.models import Room
from foundation import periods
from foundation.formats import clock_range, day_date, join_words, local
from foundation.periods import Period, moment, seconds
from portal.dashboards.calendar.queries.scopes import Scope
from portal.dashboards.my_day.queries import bounds, kind_of
from portal.dashboards.my_day.queries.grid import Grid, grid_of
from portal.dashboards.schedule.queries import Calendar, Shut

# What a day shows at least, by the clock on the wall.
FIRST_HOUR, LAST_HOUR = 8, 18
WEEK = 7
KINDS = {
    Status.HELD: "held",
    Status.ARRIVED: "arrived",
    Status.IN_CONSULTATION: "inside",
    Status.MISSED: "missed",
}


@dataclass(frozen=True)
class Column:
    """A day of one doctor or room, from the instant `first` on; `words` say in full
    what it is. `note` are a doctor's hours, or where a room is. With `own_hours` the
    clock in it is not the one on the left, because it changes on that day."""

    title: str
    words: str
    note: str
    day: date
    first: datetime
    grid: Grid
    is_today: bool
    doctor: Doctor | None = None
    room: Room | None = None
    own_hours: bool = False


@dataclass(frozen=True)
class Sheet:
    """Columns of the same hours; `hours` are pairs of clock time and row, and `now` is
    the row of this moment, where one of them is today."""

    hours: list[tuple[str, int]]
    now: int | None
    columns: list[Column]


@dataclass(frozen=True)
class _Plan:
    title: str
    words: str
    day: date
    calendar: Calendar
    visits: Sequence[Appointment]
    doctor: Doctor | None = None
    room: Room | None = None
    note: str | None = None


def status_kind(visit: Appointment) -> str:
    """How the calendar draws a visit, by its status; what is booked by its mode."""
    return KINDS.get(Status(visit.status)) or kind_of(visit)


def day_by_doctors(scope: Scope, day: date, *, at: datetime) -> Sheet:
    """Everybody who works or has a visit on that day. Nine queries, whatever there
    is."""
    window = bounds(day, scope.zone)
    visits = list(scope.visits(*window, at=at))
    doctors = scope.doctors(visits)
    calendars = scope.calendars(doctors, *window)
    plans = [
        _Plan(
            title=doctor.full_name if scope.doctor else doctor.short_name,
            words=doctor.full_name,
            day=day,
            calendar=calendars[doctor.pk],
            visits=[visit for visit in visits if visit.doctor_id == doctor.pk],
            doctor=doctor,
        )
        for doctor in doctors
    ]
    return _sheet([plan for plan in plans if scope.doctor or _has_any(plan)], scope, at)


def day_by_rooms(scope: Scope, day: date, *, at: datetime) -> Sheet:
    """Every room on that day, and what is in none. Two queries."""
    visits = list(scope.visits(*bounds(day, scope.zone), at=at))
    rooms = Room.objects.filter(location__in=scope.locations, is_active=True)
    if scope.room is not None:
        rooms = rooms.filter(pk=scope.room.pk)
    plans = [
        _Plan(
            title=room.name,
            words=f"{room.name}, {room.location.name}",
            day=day,
            calendar=_ALWAYS,
            visits=[visit for visit in visits if visit.room_id == room.pk],
            room=room,
            note=room.location.name,
        )
        for room in rooms.select_related("location").order_by("location__name", "name")
    ]
    rest = [visit for visit in visits if visit.room_id is None]
    if rest:
        plans.append(_Plan("No room", "In no room", day, _ALWAYS, rest, note=""))
    return _sheet(plans, scope, at)


def week_of(scope: Scope, monday: date, *, at: datetime) -> Sheet:
    """Seven days of the one doctor or room of `scope`. Eight queries at most."""
    days = [monday + timedelta(days=number) for number in range(WEEK)]
    first, _ = bounds(days[0], scope.zone)
    _, after = bounds(days[-1], scope.zone)
    visits = list(scope.visits(first, after, at=at))
    calendar = _ALWAYS
    if scope.doctor is not None:
        calendar = scope.calendars([scope.doctor], first, after)[scope.doctor.pk]
    plans = [
        _Plan(
            title=f"{day:%a} {day.day}",
            words=day_date(day),
            day=day,
            calendar=clipped(calendar, bounds(day, scope.zone)),
            visits=[
                visit
                for visit in visits
                if local(visit.starts_at, scope.zone).date() == day
            ],
            doctor=scope.doctor,
            room=scope.room,
            note=None if scope.doctor else "",
        )
        for day in days
    ]
    return _sheet(plans, scope, at)


# A room has no hours of its own.
_ALWAYS = Calendar(opened=[], shut=[], shortest=None)


def clipped(calendar: Calendar, window: tuple[datetime, datetime]) -> Calendar:
    """What of a calendar lies between two instants."""
    first, after = window
    return Calendar(
        opened=periods.clip(calendar.opened, (seconds(first), seconds(after))),
        shut=[
            Shut(max(one.starts_at, first), min(one.ends_at, after), one.words)
            for one in calendar.shut
            if one.starts_at < after and one.ends_at > first
        ],
        shortest=calendar.shortest,
    )


# What takes a part of a day, or says no more than that it is shut.
_NO_REASON = ("Break", "Not open")


def hours_words(calendar: Calendar, zone: str) -> str:
    """When it is open, "09:00 to 12:00 and 13:00 to 17:00", or why it is not."""
    opened = periods.union(calendar.opened)
    if opened:
        ranges = [
            clock_range(moment(starts), moment(ends), zone, staff=True)
            for starts, ends in opened
        ]
        return join_words(ranges)
    reasons = dict.fromkeys(shut.words for shut in calendar.shut)
    return join_words([words for words in reasons if words not in _NO_REASON]) or (
        "Not open"
    )


def _has_any(plan: _Plan) -> bool:
    return bool(plan.visits or plan.calendar.opened or plan.calendar.shut)


def _sheet(plans: Sequence[_Plan], scope: Scope, at: datetime) -> Sheet:
    zone = scope.zone
    frame_hours = _frame_hours(plans, zone)
    columns = [_column(plan, frame_hours, zone, at) for plan in plans]
    # Seven days may hold one on which the clock changes, never seven.
    usual = [column.grid.hours for column in columns]
    hours = max(usual, key=usual.count) if usual else []
    return Sheet(
        hours=hours,
        now=next((one.grid.now for one in columns if one.grid.now), None),
        columns=[
            replace(column, own_hours=column.grid.hours != hours) for column in columns
        ],
    )


def _column(plan: _Plan, hours: tuple[int, int], zone: str, at: datetime) -> Column:
    window, frame = bounds(plan.day, zone), _frame(plan.day, hours, zone)
    grid = grid_of(
        plan.calendar,
        plan.visits,
        zone=zone,
        at=at,
        window=window,
        frame=frame,
        kind=status_kind,
    )
    return Column(
        title=plan.title,
        words=plan.words,
        note=hours_words(plan.calendar, zone) if plan.note is None else plan.note,
        day=plan.day,
        first=moment(frame[0]),
        grid=grid,
        is_today=window[0] <= at < window[1],
        doctor=plan.doctor,
        room=plan.room,
    )


def _frame_hours(plans: Iterable[_Plan], zone: str) -> tuple[int, int]:
    """From and until which hour of the wall clock the columns go, so that everything
    is in them."""
    first, last = FIRST_HOUR, LAST_HOUR
    for plan in plans:
        for starts, ends in _spans(plan):
            wall, end = local(starts, zone), local(ends, zone)
            first = min(first, wall.hour if wall.date() == plan.day else 0)
            until = end.hour + (1 if end.minute else 0)
            last = max(last, until if end.date() == plan.day else 24)
    return first, last


def _spans(plan: _Plan) -> Iterable[tuple[datetime, datetime]]:
    for starts, ends in plan.calendar.opened:
        yield moment(starts), moment(ends)
    for shut in plan.calendar.shut:
        yield shut.starts_at, shut.ends_at
    for visit in plan.visits:
        yield visit.starts_at, visit.ends_at


def _frame(day: date, hours: tuple[int, int], zone: str) -> Period:
    """The same hours of the wall clock as seconds, on a day that may have 23 or 25."""
    first, last = (
        datetime.combine(
            day + timedelta(days=hour // 24), time(hour % 24), tzinfo=ZoneInfo(zone)
        )
        for hour in hours
    )
    return seconds(first), seconds(last)
