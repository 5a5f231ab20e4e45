"""A doctor's weeks, as the page of hours shows and edits them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from booking.availability.models import WorkingHours
from clinic.doctors.models import Doctor
from clinic.locations.forms import Span
from clinic.locations.models import Location, Weekday

WEEK = timedelta(days=7)


@dataclass
class Week:
    """Hours that hold together: at one place, in the same span and rhythm. `next_week`
    is the Monday of the coming week in which they do, where that is every second one.
    """

    location: Location
    valid_from: date
    valid_until: date | None
    next_week: date | None
    days: dict[str, list[Span]] = field(default_factory=dict)


def hours_from(doctor: Doctor, today: date) -> list[WorkingHours]:
    """The rows that hold today or later, with their breaks, in the order in which they
    are shown."""
    rows = WorkingHours.objects.filter(doctor=doctor).exclude(valid_until__lte=today)
    return list(
        rows.select_related("location")
        .prefetch_related("breaks")
        .order_by(
            "location__name",
            "valid_from",
            "anchor_date",
            "weekday",
            "starts_time",
        )
    )


def weeks_of(rows: Iterable[WorkingHours], today: date) -> list[Week]:
    """The rows as weeks, with their days in words. Uses prefetched breaks."""
    weeks: dict[tuple[object, ...], Week] = {}
    for row in rows:
        turn = None if row.anchor_date is None else row.holds_in_week_of(today)
        key = (row.location_id, row.valid_from, row.valid_until, turn)
        if key not in weeks:
            monday = today - timedelta(days=today.weekday())
            coming = None if turn is None else monday if turn else monday + WEEK
            weeks[key] = Week(row.location, row.valid_from, row.valid_until, coming)
        label = str(Weekday(row.weekday).label)
        weeks[key].days.setdefault(label, []).extend(spans_of(row))
    return list(weeks.values())


def spans_of(row: WorkingHours) -> list[Span]:
    """Working hours less their breaks. Uses prefetched breaks."""
    spans, begins = [], row.starts_time
    for pause in sorted(row.breaks.all(), key=lambda pause: pause.starts_time):
        if begins < pause.starts_time:
            spans.append((begins, pause.starts_time))
        begins = pause.ends_time
    if begins < row.ends_time:
        spans.append((begins, row.ends_time))
    return spans


@dataclass(frozen=True)
class Edited:
    """The week that the form begins with: where, as it is on that day."""

    location: Location | None
    spans: dict[int, list[Span]]
    every_second: bool


def edited_week(rows: Iterable[WorkingHours], day: date) -> Edited:
    """What holds on `day` at the first location of the rows. Uses prefetched breaks."""
    current = [
        row
        for row in rows
        if row.valid_from <= day and (row.valid_until is None or row.valid_until > day)
    ]
    first = current[0].location if current else None
    mine = [row for row in current if row.location == first]
    week: dict[int, list[Span]] = {}
    for row in mine:
        if row.holds_in_week_of(day):
            week.setdefault(row.weekday, []).extend(spans_of(row))
    return Edited(first, week, any(row.anchor_date is not None for row in mine))
