"""Public holidays: by law, by country and by region, as the library `holidays` knows
them; and which of them the clinic is still open on."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import holidays
from django.db.models import Q

from clinic.locations.models import Closure, Location

# In words that everybody here reads, where the library has them.
LANGUAGES = ("en_GB", "en_US")
# Longer than any reason of a closure is.
LONGEST = 120


class Holiday(NamedTuple):
    """One day, and what it is called; `is_closed` where a closure covers it already."""

    day: date
    name: str
    is_closed: bool = False


def is_known(country: str) -> bool:
    """Whether the library knows the country (ISO 3166-1, two letters)."""
    return country in holidays.list_supported_countries(include_aliases=False)


def regions_of(country: str) -> list[tuple[str, str]]:
    """The parts of a country with holidays of their own: code and name, by name."""
    if not is_known(country):
        return []
    kind: Any = holidays.country_holidays(country)
    names = {code: str(code) for code in kind.subdivisions}
    for name, code in kind.subdivisions_aliases.items():
        # Of several the longest is the name; the others are codes of elsewhere.
        names[code] = name if names[code] == code else max(name, names[code], key=len)
    return sorted(names.items(), key=lambda pair: pair[1].casefold())


def public_holidays(country: str, region: str, year: int) -> list[Holiday]:
    """The days of a year on which nobody has to work there by law, in order; with no
    `region` those of the whole country. Days in lieu of them are among them."""
    if not is_known(country):
        return []
    kind: Any = type(holidays.country_holidays(country))
    spoken = [one for one in LANGUAGES if one in kind.supported_languages]
    found = kind(
        subdiv=region or None, years=year, language=spoken[0] if spoken else None
    )
    return [Holiday(day, name[:LONGEST]) for day, name in sorted(found.items())]


def coming_holidays(
    location: Location | None,
    country: str,
    region: str,
    year: int,
    *,
    today: date,
) -> list[Holiday]:
    """Those that are not over, for a location or (None) the whole clinic, with what is
    closed already. One query."""
    found = [one for one in public_holidays(country, region, year) if one.day >= today]
    if not found:
        return []
    shut = _closed(location, found[0].day, found[-1].day)
    return [one._replace(is_closed=one.day in shut) for one in found]


def _closed(location: Location | None, first: date, last: date) -> set[date]:
    where = Q(location=None)
    if location is not None:
        where |= Q(location=location)
    rows = Closure.objects.filter(where, starts_date__lte=last, ends_date__gt=first)
    return {day for closure in rows for day in _days(closure)}


def _days(closure: Closure) -> Iterable[date]:
    length = (closure.ends_date - closure.starts_date).days
    return (closure.starts_date + timedelta(days=n) for n in range(length))


def countries_of(locations: Iterable[Location]) -> list[str]:
    """In which countries these locations are."""
    return sorted({one.country for one in locations})
