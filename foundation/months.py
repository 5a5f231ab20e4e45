"""A month as weeks of days, for calendars on pages. Pure."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from foundation.formats import DAYS, day_date, month_year, plural


@dataclass(frozen=True)
class MonthDay:
    """One day; `count` says how many times are open on it, 0 when none or past."""

    day: date
    count: int
    is_today: bool
    is_chosen: bool

    @property
    def number(self) -> int:
        return self.day.day

    @property
    def iso(self) -> str:
        return self.day.isoformat()

    @property
    def label(self) -> str:
        """ "Monday 16 March, 6 times": what a screen reader says."""
        return f"{day_date(self.day)}, {plural(self.count, 'time')}"


@dataclass(frozen=True)
class MonthView:
    """A month from Monday to Sunday; None stands for days of other months."""

    title: str
    previous_title: str
    next_title: str
    weeks: list[list[MonthDay | None]]
    day_names: tuple[str, ...] = tuple(DAYS)


def month_view(
    month: date, counts: Mapping[date, int], *, today: date, chosen: date | None = None
) -> MonthView:
    """Draw the month that `month` lies in; `counts` are open times by local date."""
    first = month.replace(day=1)

    def cell(day: date) -> MonthDay | None:
        if day.month != first.month:
            return None
        return MonthDay(
            day=day,
            count=counts.get(day, 0) if day >= today else 0,
            is_today=day == today,
            is_chosen=day == chosen,
        )

    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return MonthView(
        title=month_year(first),
        previous_title=month_year(first - timedelta(days=1)),
        next_title=month_year(first + timedelta(days=31)),
        weeks=[[cell(day) for day in week] for week in weeks],
    )
