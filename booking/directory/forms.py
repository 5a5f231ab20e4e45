"""From an address to filters. What is not understood counts as not asked."""

from collections.abc import Mapping
from datetime import date
from typing import cast

from django.http import QueryDict

from booking.directory.queries import FACETS, SORTS, WITHIN, Filters
from booking.openings.queries import MODES

LONGEST_SEARCH = 80


def read_filters(asked: QueryDict) -> Filters:
    """The filters in a query string; never fails."""
    several = {name: frozenset(filter(None, asked.getlist(name))) for name in FACETS}
    several["visit"] = frozenset(several["visit"].intersection(MODES))
    return Filters(
        q=" ".join(asked.get("q", "").split())[:LONGEST_SEARCH],
        next=_one_of(asked, "next", WITHIN),
        day=_day(asked.get("day", "")),
        sort=_one_of(asked, "sort", SORTS) or "earliest",
        page=_number(asked.get("page", "")),
        **several,
    )


def _one_of(asked: QueryDict, name: str, known: Mapping[str, object]) -> str:
    value = cast(str, asked.get(name, ""))
    return value if value in known else ""


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 5 else 1
