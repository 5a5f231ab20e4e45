"""From an address to what is wanted. What is not understood counts as not asked."""

from contextlib import suppress
from datetime import date
from uuid import UUID

from django.http import QueryDict

from booking.openings.queries import MODES, Wanted, Whom

MOST = 12


def read_wanted(asked: QueryDict) -> Wanted:
    """What a doctor's card is to show; never fails."""
    mode = asked.get("visit", "")
    return Wanted(
        mode=mode if mode in MODES else "",
        service=asked.get("service", ""),
        first=read_date(asked.get("from", "")),
        whole=read_date(asked.get("all", "")),
    )


def read_limit(asked: QueryDict) -> int:
    """How many doctors a short list is to hold: 1 to 12, 3 unless said."""
    typed = asked.get("limit", "")
    return min(max(int(typed), 1), MOST) if typed.isdecimal() and len(typed) < 4 else 3


def read_whom(asked: QueryDict) -> Whom:
    """Which doctors a short list is about; all of them unless said."""
    named = _ids(asked.getlist("doctor")) if "doctor" in asked else None
    return Whom(asked.get("specialty", ""), asked.get("location", ""), named)


def _ids(typed: list[str]) -> list[UUID]:
    found = []
    for one in typed:
        with suppress(ValueError):
            found.append(UUID(one))
    return found


def read_date(typed: str) -> date | None:
    """An ISO date, or None."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None
