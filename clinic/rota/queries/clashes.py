"""What is against a plan: what cannot be, and what somebody should know first."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from clinic.locations.models import Closure, OpeningHours, Weekday
from clinic.rota.models import ONE_DAY, DaysOff, Shift
from clinic.rota.queries.duties import (
    closure_on,
    hours_words,
    of_day,
    valid_in,
    worked,
)
from foundation import periods
from foundation.formats import day_date

# What comes each week is looked at for a year and a week: clocks that change on other
# days in two zones are in it.
LOOKED_AT = timedelta(weeks=53)


class Clash(NamedTuple):
    """Two shifts of one person share a moment; `day` is that of `other`."""

    one: Shift
    other: Shift
    day: date


def clash_among(
    user_id: int, *, first: date, until: date | None, of: Collection[int] | None = None
) -> Clash | None:
    """Two shifts of somebody that overlap on a day from `first` until the day before
    `until`; None for both where there are none. With `of`, keys of shifts, only pairs
    with one of these. By instants, as two places may have two clocks. Closures don't
    count: they may be taken back; a location that is closed for good does. Two
    queries."""
    rows = list(
        Shift.objects.filter(user=user_id, location__is_active=True)
        .filter(valid_in(first, until or date.max))
        .select_related("location", "user")
    )
    starts = max([first, *(row.valid_from for row in rows)], default=first)
    after = starts + LOOKED_AT if until is None else min(until, starts + LOOKED_AT)
    off = list(
        DaysOff.objects.filter(
            user=user_id, starts_date__lte=after, ends_date__gt=first - ONE_DAY
        )
    )
    spans = sorted(
        (begins, ends, row.pk, day, row)
        for row in rows
        # A day more at both ends, because of the clocks.
        for day in _days_of(row, first - ONE_DAY, after + ONE_DAY)
        for begins, ends in worked(row, day, off)
    )
    last = None
    for span in spans:
        if last is not None and span[0] < last[1]:
            pair = {last[2], span[2]}
            if of is None or not pair.isdisjoint(of):
                mine, other = (span, last) if of and span[2] in of else (last, span)
                return Clash(mine[4], other[4], other[3])
        if last is None or span[1] > last[1]:
            last = span
    return None


def _days_of(row: Shift, first: date, after: date) -> list[date]:
    first = max(first, row.valid_from)
    after = after if row.valid_until is None else min(after, row.valid_until)
    first += timedelta(days=(row.weekday - first.weekday()) % 7)
    return [
        first + timedelta(days=number) for number in range(0, (after - first).days, 7)
    ]


def concerns(shift: Shift) -> list[str]:
    """What somebody should know before this shift is saved, in sentences: outside the
    opening hours, or on a closed day. What comes each week skips closed days by
    itself. Two queries."""
    said = []
    opened = periods.union(
        of_day(row.opens_at, row.closes_at)
        for row in OpeningHours.objects.filter(
            location=shift.location_id, weekday=shift.weekday
        )
    )
    day = Weekday(shift.weekday).label
    hours = hours_words(shift.starts_time, shift.ends_time)
    if not opened:
        said.append(f"{shift.location.name} is closed on {day}s.")
    elif periods.subtract([of_day(shift.starts_time, shift.ends_time)], opened):
        said.append(
            f"{hours} on {day} reaches beyond the opening hours of"
            f" {shift.location.name}."
        )
    if shift.is_single:
        closures = Closure.objects.filter(
            starts_date__lte=shift.valid_from, ends_date__gt=shift.valid_from
        )
        shut = closure_on(closures, shift.location_id, shift.valid_from)
        if shut is not None:
            said.append(
                f"{shift.location.name} is closed on {day_date(shift.valid_from)}:"
                f" {shut.reason}."
            )
    return said
