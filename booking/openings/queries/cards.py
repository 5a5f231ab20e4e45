"""One doctor's card: what for, and the days on which it can be had."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from booking.openings.queries.entries import MODES, SOON
from booking.openings.queries.times import (
    Day,
    Opening,
    by_day,
    is_bookable,
    openings,
    price_of,
)
from clinic.doctors.models import Doctor
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import horizon_of, on_offer
from foundation.formats import MONTHS, money

WIDE, NARROW = 5, 3
TIMES = 4
# Rows of the card, and the parts of the day in them.
ROWS = {
    "Morning": ("Morning",),
    "Afternoon and evening": ("Afternoon", "Evening"),
}


@dataclass(frozen=True)
class Wanted:
    """What a visitor asked a doctor's card for; `whole` is a day to show whole."""

    mode: str = ""
    service: str = ""
    first: date | None = None
    whole: date | None = None


@dataclass(frozen=True)
class Choice:
    """A visit type with its price here: the lowest, and whether others cost more."""

    visit_type: VisitType
    price: Decimal
    is_from: bool

    @property
    def price_words(self) -> str:
        """ "£65", "from £65", "free"."""
        if not self.price:
            return "free"
        words = money(self.price, self.visit_type.currency)
        return f"from {words}" if self.is_from else words

    @property
    def is_bookable(self) -> bool:
        return self.visit_type.booking_policy != VisitType.BookingPolicy.CALL


@dataclass(frozen=True)
class Row:
    """A part of the day: for each day of the card its times, and how many more."""

    name: str
    days: list[tuple[date, list[Opening], int]]


@dataclass(frozen=True)
class Card:
    """What the card shows. `days` are the next ones that have times.

    `later` is the day the next page begins with, `later_narrow` where only three days
    fit; `earlier` the one the page before begins with.
    """

    doctor: Doctor
    modes: list[tuple[str, str]]
    mode: str
    choices: list[Choice]
    chosen: Choice | None
    offerings: list[Offering]
    days: list[Day]
    rows: list[Row]
    is_far: bool = False
    earlier: date | None = None
    later: date | None = None
    later_narrow: date | None = None

    @property
    def span(self) -> str:
        """ "13 to 18 March": the days on this page."""
        return _span(self.days[0].date, self.days[-1].date)

    @property
    def span_narrow(self) -> str:
        """Those that fit on a phone."""
        return _span(self.days[0].date, self.days[:NARROW][-1].date)

    @property
    def zones(self) -> list[str]:
        return sorted({one.location.time_zone for one in self.offerings})

    @property
    def places(self) -> list[str]:
        return sorted({one.location.name for one in self.offerings})


def _span(first: date, last: date) -> str:
    """ "13 to 18 March", "30 March to 3 April", "13 March"."""
    if first == last:
        return _day_month(first)
    begin = str(first.day) if first.month == last.month else _day_month(first)
    return f"{begin} to {_day_month(last)}"


def _day_month(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def choices_of(offerings: Iterable[Offering]) -> list[Choice]:
    """The visit types among the offerings, in the clinic's order."""
    prices: dict[int, list[Decimal]] = {}
    kinds: dict[int, VisitType] = {}
    for one in offerings:
        kinds.setdefault(one.visit_type_id, one.visit_type)
        prices.setdefault(one.visit_type_id, []).append(price_of(one))
    return [
        Choice(kind, min(prices[pk]), len(set(prices[pk])) > 1)
        for pk, kind in kinds.items()
    ]


def doctor_card(doctor: Doctor, wanted: Wanted, *, at: datetime) -> Card:
    """The card of a listed doctor. Two queries."""
    offered = list(on_offer(at.date()).filter(doctor=doctor))
    held = {one.visit_type.mode for one in offered}
    modes = [(name, mode.label) for name, mode in MODES.items() if mode in held]
    names = [name for name, _ in modes]
    asked = next(
        (one for one in offered if one.visit_type.slug == wanted.service), None
    )
    mode = wanted.mode if wanted.mode in names else _mode_of(asked, names)
    in_mode = [one for one in offered if one.visit_type.mode == MODES.get(mode)]
    choices = choices_of(in_mode)
    chosen = _chosen(choices, wanted.service)
    shown = [one for one in in_mode if chosen and one.visit_type == chosen.visit_type]
    days = by_day(_all_openings(shown, at=at))
    start = next(
        (n for n, day in enumerate(days) if wanted.first and day.date >= wanted.first),
        0,
    )
    page = days[start : start + WIDE]

    def begin(position: int) -> date | None:
        return days[position].date if position < len(days) else None

    return Card(
        doctor=doctor,
        modes=modes,
        mode=mode,
        choices=choices,
        chosen=chosen,
        offerings=shown,
        days=page,
        rows=_rows(page, wanted.whole),
        is_far=bool(days) and days[0].openings[0].starts_at >= at + SOON,
        earlier=days[max(0, start - WIDE)].date if start else None,
        later=begin(start + WIDE),
        later_narrow=begin(start + NARROW),
    )


def _mode_of(asked: Offering | None, names: list[str]) -> str:
    """The mode of the visit type that was asked for, else the first there is."""
    if asked is not None:
        return next(
            name for name, mode in MODES.items() if mode == asked.visit_type.mode
        )
    return names[0] if names else ""


def _chosen(choices: list[Choice], service: str) -> Choice | None:
    """The one asked for, else the first that can be booked here, else the first."""
    by_slug = {one.visit_type.slug: one for one in choices}
    if service in by_slug:
        return by_slug[service]
    usual = sorted(
        choices, key=lambda one: (not one.is_bookable, one.visit_type.new_patients_only)
    )
    return usual[0] if usual else None


def _all_openings(offerings: list[Offering], *, at: datetime) -> list[Opening]:
    bookable = [one for one in offerings if is_bookable(one)]
    horizon = max((horizon_of(one) for one in bookable), default=timedelta())
    return openings(bookable, after=at, until=at + horizon, at=at)


def _rows(days: list[Day], whole: date | None) -> list[Row]:
    rows = []
    for name, parts in ROWS.items():
        columns = []
        for day in days:
            times = [one for one in day.openings if one.part in parts]
            most = len(times) if day.date == whole else TIMES
            columns.append((day.date, times[:most], max(0, len(times) - most)))
        if any(times for _, times, _ in columns):
            rows.append(Row(name, columns))
    return rows
