"""What a visit becomes in a table for analysis, finer and coarser. Pure.

Each column has a ladder: what it says at first, and what it says step by step coarser.
Two values that say the same on one step say the same on every later one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Step = Callable[[str], str]
ANY = "any"


def _any(value: str) -> str:
    return ANY


def _same(value: str) -> str:
    return value


@dataclass(frozen=True)
class Column:
    """One column; `steps` take what it says at first (`steps[0]` leaves it)."""

    name: str
    steps: tuple[Step, ...]

    @property
    def top(self) -> int:
        """The coarsest step."""
        return len(self.steps) - 1


def age_band(born: date, on: date) -> str:
    """ "40-49": whole years on that day, in tens; "80+" from there on."""
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    ten = max(years, 0) // 10 * 10
    return "80+" if ten >= 80 else f"{ten}-{ten + 9}"


def wait_band(days: int) -> str:
    """How many days before the visit it was booked."""
    for most, words in ((0, "same day"), (2, "1-2"), (7, "3-7"), (14, "8-14")):
        if days <= most:
            return words
    return "15-30" if days <= 30 else "31+"


def price_band(price: Decimal) -> str:
    """In the currency of the clinic."""
    if not price:
        return "free"
    for most, words in ((50, "1-49"), (100, "50-99"), (200, "100-199")):
        if price < most:
            return words
    return "200+"


_AGES = {
    **dict.fromkeys(("0-9", "10-19"), "0-19"),
    **dict.fromkeys(("20-29", "30-39"), "20-39"),
    **dict.fromkeys(("40-49", "50-59"), "40-59"),
    **dict.fromkeys(("60-69", "70-79", "80+"), "60+"),
}
_WIDE_AGES = {"0-19": "0-39", "20-39": "0-39", "40-59": "40+", "60+": "40+"}
_WAITS = {
    **dict.fromkeys(("same day", "1-2", "3-7"), "a week at most"),
    **dict.fromkeys(("8-14", "15-30", "31+"), "over a week"),
}


def _twenty_years(age: str) -> str:
    return _AGES[age]


def _two_ages(age: str) -> str:
    return _WIDE_AGES[_AGES[age]]


def _quarter(month: str) -> str:
    """ "2026-Q1" for "2026-03"."""
    year, _, number = month.partition("-")
    return f"{year}-Q{(int(number) + 2) // 3}"


def _year(month: str) -> str:
    return month[:4]


def _week(wait: str) -> str:
    return _WAITS[wait]


def _took_place(status: str) -> str:
    return "took place" if status == "COMPLETED" else "did not"


def _is_paid(price: str) -> str:
    return "free" if price == "free" else "paid"


COLUMNS = (
    Column("age", (_same, _twenty_years, _two_ages, _any)),
    Column("sex", (_same, _any)),
    Column("specialty", (_same, _any)),
    Column("month", (_same, _quarter, _year, _any)),
    Column("days_waited", (_same, _week, _any)),
    Column("status", (_same, _took_place, _any)),
    Column("price", (_same, _is_paid, _any)),
)
