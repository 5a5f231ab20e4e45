"""Shifts as the days on which they are worked, or why they are not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from accounts.users.models import Role, RoleAssignment
from clinic.locations.models import Closure
from clinic.rota.models import ONE_DAY, DaysOff, Shift
from clinic.rota.permissions import DESK, PLANNED_ROLES
from foundation import periods
from foundation.periods import Period

AWAY, NOT_THIS_DAY = "Away", "Not this day"
SUSPENDED, GONE, NO_ROLE = "Suspended", "No longer here", "No role here"
SHUT = "The location is closed"


@dataclass(frozen=True)
class Duty:
    """One shift on one day. `why_not` says in words why it is not worked, and
    `days_off` what to take back so that it is. `parts` are when they are away in it, in
    seconds after midnight. `roles` are the person's at that place.
    """

    shift: Shift
    day: date
    roles: frozenset[str] = frozenset()
    why_not: str = ""
    days_off: DaysOff | None = None
    parts: tuple[Period, ...] = ()

    @property
    def is_on(self) -> bool:
        return not self.why_not

    @property
    def is_at_desk(self) -> bool:
        return not DESK.isdisjoint(self.roles)

    @property
    def spans(self) -> list[Period]:
        """When it is worked, in seconds after midnight; as planned, where it is not."""
        whole = [of_day(self.shift.starts_time, self.shift.ends_time)]
        return periods.subtract(whole, self.parts) or whole

    @property
    def hours(self) -> str:
        return ", ".join(span_words(span) for span in self.spans)

    @property
    def away(self) -> str:
        """When somebody who works it is away in it, in words; empty: never."""
        whole = [of_day(self.shift.starts_time, self.shift.ends_time)]
        gone = periods.intersect(whole, periods.union(self.parts))
        return ", ".join(span_words(span) for span in gone) if self.is_on else ""

    @property
    def role_words(self) -> str:
        """What they are at that place, in the order of the roles."""
        return ", ".join(str(role.label) for role in Role if role in self.roles)


def hours_words(starts: time, ends: time) -> str:
    """Two wall times, as staff read them. 23:59 is how a day's end is entered."""
    return f"{starts:%H:%M} to {ends:%H:%M}"


def span_words(span: Period) -> str:
    """Seconds after midnight, as `hours_words`."""
    return hours_words(*(_clock(second) for second in span))


def _clock(second: int) -> time:
    minutes = min(second // 60, 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def of_day(starts: time, ends: time) -> Period:
    """Wall times as seconds after midnight."""
    first, last = (
        (clock.hour * 60 + clock.minute) * 60 + clock.second for clock in (starts, ends)
    )
    return first, periods.closing(last)


def instants(shift: Shift, day: date) -> list[Period]:
    """When the shift is worked on that day, in the seconds of `foundation.periods`."""
    return periods.wall_periods(
        shift.location.time_zone,
        periods.day_number(day),
        *of_day(shift.starts_time, shift.ends_time),
    )


def worked(shift: Shift, day: date, off: Iterable[DaysOff]) -> list[Period]:
    """The same, less what these take of it: all, or parts by the same clock."""
    taken = [row for row in off if row.covers(shift, day)]
    if any(row.is_whole for row in taken):
        return []
    number = periods.day_number(day)
    gone = [
        span
        for part in parts_of(taken)
        for span in periods.wall_periods(shift.location.time_zone, number, *part)
    ]
    return periods.subtract(instants(shift, day), periods.union(gone))


def parts_of(off: Iterable[DaysOff]) -> list[Period]:
    """The parts of days among these, in seconds after midnight."""
    return periods.union(
        of_day(row.starts_time, row.ends_time)
        for row in off
        if row.starts_time is not None and row.ends_time is not None
    )


def duties(shifts: Iterable[Shift], days: Sequence[date]) -> list[Duty]:
    """The shifts on `days`, which follow each other, by time. Each comes with its user
    and location loaded. Three queries."""
    found = [(one, day) for one in shifts for day in days if one.falls_on(day)]
    if not found:
        return []
    users = {shift.user_id for shift, _ in found}
    held = _roles(users)
    first, after = days[0], days[-1] + ONE_DAY
    away = DaysOff.objects.filter(
        user__in=users, starts_date__lt=after, ends_date__gt=first
    )
    off: dict[int, list[DaysOff]] = defaultdict(list)
    for row in away.order_by("pk"):
        off[row.user_id].append(row)
    closures = list(Closure.objects.filter(starts_date__lt=after, ends_date__gt=first))
    made = [
        _duty(shift, day, held[shift.user_id], off[shift.user_id], closures)
        for shift, day in found
    ]
    return sorted(
        made,
        key=lambda duty: (
            duty.day,
            duty.shift.starts_time,
            duty.shift.user.last_name,
            duty.shift.pk,
        ),
    )


def _roles(users: Iterable[int]) -> dict[int, list[tuple[str, int | None]]]:
    held: dict[int, list[tuple[str, int | None]]] = defaultdict(list)
    rows = RoleAssignment.objects.filter(user__in=users, role__in=PLANNED_ROLES)
    for user, role, place in rows.values_list("user_id", "role", "place_id"):
        held[user].append((role, place))
    return held


def _duty(
    shift: Shift,
    day: date,
    held: list[tuple[str, int | None]],
    off: list[DaysOff],
    closures: list[Closure],
) -> Duty:
    here = (None, shift.location.place_id)
    roles = frozenset(role for role, place in held if place in here)
    touching = [row for row in off if row.covers(shift, day)]
    taken = next((row for row in touching if row.is_whole), None)
    parts = parts_of(touching)
    whole = of_day(shift.starts_time, shift.ends_time)
    if taken is None and parts and not periods.subtract([whole], parts):
        taken = touching[0]
    why_not = _unable(shift, day, roles)
    if not why_not and taken is not None:
        why_not = AWAY if taken.shift_id is None else NOT_THIS_DAY
    # What is planned for that one day is meant so; what comes each week is not.
    if not why_not and not shift.is_single:
        shut = closure_on(closures, shift.location_id, day)
        why_not = f"Closed: {shut.reason}" if shut else ""
    return Duty(shift, day, roles, why_not, taken, tuple(parts))


def _unable(shift: Shift, day: date, roles: frozenset[str]) -> str:
    """Why this person works nothing here then, whatever is planned."""
    user = shift.user
    if not shift.location.is_active:
        return SHUT
    if user.suspended_at is not None:
        return SUSPENDED
    if not user.is_active or leaves_before(shift, day):
        return GONE
    return "" if roles else NO_ROLE


def leaves_before(shift: Shift, day: date) -> bool:
    """Whether the person has left before the shift ends on that day."""
    ends_at: datetime | None = shift.user.access_ends_at
    if ends_at is None:
        return False
    left = periods.seconds(ends_at)
    return any(until > left for _, until in instants(shift, day))


def closure_on(closures: Iterable[Closure], location: int, day: date) -> Closure | None:
    """What shuts the location on that day, of these."""
    return next(
        (
            one
            for one in closures
            if one.location_id in (None, location)
            and one.starts_date <= day < one.ends_date
        ),
        None,
    )


def valid_in(first: date, after: date) -> Q:
    """Shifts that are valid on a day from `first` until the day before `after`."""
    return Q(valid_from__lt=after) & (Q(valid_until=None) | Q(valid_until__gt=first))


def weeks_from(first: date, count: int) -> list[date]:
    """The days of so many weeks."""
    return [first + timedelta(days=number) for number in range(7 * count)]
