"""Who can be seen, and how soon: the list of doctors with its filters.

It costs the same number of queries whatever the number of doctors.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator

from booking.directory.queries.filters import (
    FACETS,
    FOLD,
    Filters,
    Option,
    Options,
    Way,
    applied_filters,
    fitting,
    options_of,
    passes,
    soon_options,
    tests_of,
)
from booking.openings.queries import (
    Entry,
    Opening,
    add_days,
    add_next,
    end_of_day,
    listed_entries,
    openings,
    strip,
)

PAGE_SIZE = 20
STRIP_DAYS = 4
STRIP_TIMES = 3
# Where one day is asked for, so many of its times are shown.
DAY_TIMES = 12


@dataclass(frozen=True)
class Directory:
    """One page of the list, with what surrounds it."""

    filters: Filters
    page: Page[Entry]
    options: dict[str, Options]
    soon: list[Option]
    applied: list[Way]

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @property
    def ways_out(self) -> list[Way]:
        """The filters that are worth dropping: somebody is found without them."""
        return [way for way in self.applied if way.count]

    @property
    def anyone(self) -> str:
        """The question with which a booking starts with whoever is free first: of one
        specialty, with the other filters that a booking can keep. "" where others are
        in use, or there is no choice."""
        asked = self.filters
        kept = {"specialty": asked.specialty, "visit": asked.visit}
        kept |= {"location": asked.location, "language": asked.language}
        several = any(len(values) > 1 for values in kept.values())
        if several or asked.q or not asked.specialty or self.total < 2:
            return ""
        return urlencode([(name, one) for name, found in kept.items() for one in found])

    @property
    def first_time(self) -> datetime | None:
        """Some time of the page, for the season of its clock."""
        return next((entry.next.starts_at for entry in self.page if entry.next), None)

    @property
    def zones(self) -> list[str]:
        """The clocks of the times on this page."""
        found = {one.location.time_zone for entry in self.page for one in entry.shown}
        return sorted(found)


def directory(filters: Filters, *, at: datetime) -> Directory:
    """The page of listed doctors that `filters` ask for, with their times.

    Sorted by the soonest free time unless asked otherwise; who has none comes last.
    """
    everyone = listed_entries(at)
    for entry in everyone:
        entry.show(fitting(entry, filters.visit, filters.location))
    tests = tests_of(filters)
    # Who is soon enough can only be told of those whose soonest time is known.
    timed = bool(filters.next or filters.day)
    pool = everyone if timed else [one for one in everyone if passes(one, tests)]
    add_next(pool, at=at)
    if filters.day:
        _keep_day(pool, filters.day, at=at)
    found = sorted((one for one in pool if passes(one, tests)), key=_order(filters))
    page = Paginator(found, PAGE_SIZE).get_page(filters.page)
    if not filters.day:
        add_days(page, days=STRIP_DAYS, times=STRIP_TIMES, at=at)
    options = {facet: options_of(everyone, facet, filters, tests) for facet in FACETS}
    return Directory(
        filters,
        page,
        options={
            name: Options(some[:FOLD], some[FOLD:]) for name, some in options.items()
        },
        soon=soon_options(everyone, filters, tests),
        applied=applied_filters(everyone, filters, tests, options),
    )


def _keep_day(entries: Iterable[Entry], day: date, *, at: datetime) -> None:
    """Show each with the times of one day only, on its place's calendar."""
    entries = list(entries)
    shown = [offering for entry in entries for offering in entry.shown]
    ends = [end_of_day(day, one.location.time_zone) for one in shown]
    found: dict[int, list[Opening]] = defaultdict(list)
    if shown and max(ends) > at:
        after = max(at, min(ends) - timedelta(days=1, hours=2))
        for one in openings(shown, after=after, until=max(ends), at=at):
            if one.date == day:
                found[one.offering.doctor_id].append(one)
    for entry in entries:
        times = found[entry.doctor.pk]
        entry.next = times[0] if times else None
        entry.days = strip(times, days=1, times=DAY_TIMES)


def _order(filters: Filters) -> Callable[[Entry], tuple[object, ...]]:
    def order(entry: Entry) -> tuple[object, ...]:
        name = (entry.doctor.last_name, entry.doctor.first_name, entry.doctor.pk)
        price = entry.price_from
        if filters.sort == "name":
            return name
        if filters.sort == "price":
            return (price is None, price and price[0], name)
        return (entry.next is None, entry.next and entry.next.starts_at, name)

    return order
