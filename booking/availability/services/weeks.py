"""The week in which a doctor can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from audit.services import record
from booking.availability.models import Break, WorkingHours
from booking.availability.services.locking import lock_calendars
from booking.availability.services.refusals import (
    BreakOutside,
    EndsBeforeStart,
    HoursOverlap,
)
from clinic.doctors.models import Doctor
from clinic.locations.models import Location


@dataclass(frozen=True, slots=True)
class Hours:
    """A doctor's hours on one weekday (0 is Monday), with (start, end) of breaks."""

    weekday: int
    starts_time: time
    ends_time: time
    breaks: tuple[tuple[time, time], ...] = ()


@transaction.atomic
def set_working_hours(
    *,
    actor: Any,
    doctor: Doctor,
    location: Location,
    week: Sequence[Hours],
    from_date: date,
    until_date: date | None = None,
    every_second: bool = False,
) -> list[WorkingHours]:
    """Replace the doctor's whole week at `location` from `from_date` on.

    With `every_second` only in the week of `from_date` and each other one after it: in
    the weeks between what holds there goes on. With `until_date` (the first day
    without) the old week comes back then. What was before `from_date` stays as history.
    Raises HoursOverlap, BreakOutside or EndsBeforeStart.
    """
    _check_week(week)
    if until_date is not None and until_date <= from_date:
        raise EndsBeforeStart
    lock_calendars(doctor_ids=[doctor.pk])
    span = _Span(
        from_date, until_date, anchor=_monday(from_date) if every_second else None
    )
    for old in WorkingHours.objects.filter(doctor=doctor, location=location):
        _make_room(old, span)
    made = [_add_hours(doctor, location, hours, span) for hours in week]
    record(
        actor=actor,
        verb="availability.hours_set",
        subject=doctor,
        detail={"location": location.pk, "from": str(from_date), "rows": len(made)},
    )
    return made


def _check_week(week: Sequence[Hours]) -> None:
    ends: dict[int, time] = {}
    for hours in sorted(week, key=lambda h: (h.weekday, h.starts_time)):
        if hours.ends_time <= hours.starts_time:
            raise EndsBeforeStart
        if hours.weekday in ends and hours.starts_time < ends[hours.weekday]:
            raise HoursOverlap
        ends[hours.weekday] = hours.ends_time
        for starts, until in hours.breaks:
            if not hours.starts_time <= starts < until <= hours.ends_time:
                raise BreakOutside


class _Span(NamedTuple):
    """The days from `first` until before `until`; with an `anchor`, a Monday, those of
    its week and each other one only."""

    first: date
    until: date | None
    anchor: date | None = None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _make_room(old: WorkingHours, span: _Span) -> None:
    """Cut the days of `span` out of those on which `old` holds."""
    first, until, anchor = span
    if (old.valid_until is not None and old.valid_until <= first) or (
        until is not None and old.valid_from >= until
    ):
        return
    if anchor is not None and not old.holds_in_week_of(anchor):
        return
    ends = [day for day in (until, old.valid_until) if day is not None]
    if until is not None and (old.valid_until is None or old.valid_until > until):
        _repeat(old, _Span(until, old.valid_until, old.anchor_date))
    if anchor is not None and old.anchor_date is None:
        # What was every week is now in the weeks between.
        between = anchor + timedelta(days=7)
        _repeat(
            old, _Span(max(first, old.valid_from), min(ends, default=None), between)
        )
    if old.valid_from >= first:
        old.delete()
        return
    old.valid_until = first
    old.save(update_fields=["valid_until", "updated_at"])


def _repeat(old: WorkingHours, span: _Span) -> None:
    """The hours of `old`, with their breaks, over another span."""
    hours = Hours(
        old.weekday,
        old.starts_time,
        old.ends_time,
        tuple(old.breaks.values_list("starts_time", "ends_time")),
    )
    _add_hours(old.doctor, old.location, hours, span)


def _add_hours(
    doctor: Doctor, location: Location, hours: Hours, span: _Span
) -> WorkingHours:
    row = WorkingHours.objects.create(
        doctor=doctor,
        location=location,
        weekday=hours.weekday,
        starts_time=hours.starts_time,
        ends_time=hours.ends_time,
        valid_from=span.first,
        valid_until=span.until,
        every_weeks=1 if span.anchor is None else 2,
        anchor_date=span.anchor,
    )
    Break.objects.bulk_create(
        Break(working_hours=row, starts_time=starts, ends_time=ends)
        for starts, ends in hours.breaks
    )
    return row
