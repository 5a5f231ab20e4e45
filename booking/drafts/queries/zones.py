"""Which time zones can a visitor choose, and whose clock counts?"""

import zoneinfo
from collections.abc import Collection
from functools import cache

from clinic.identity.queries import current


@cache
def time_zones() -> list[tuple[str, str]]:
    """Every zone with a city, for a list: name and "Europe / Paris"."""
    return [
        (name, name.replace("/", " / ").replace("_", " "))
        for name in sorted(zoneinfo.available_timezones())
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    ]


def home_of(zones: Collection[str], theirs: str) -> str:
    """Of several clocks the visitor's, else the clinic's own; nobody means a place in
    another country without saying so. "" where there is one clock, or neither."""
    if len(zones) < 2:
        return ""
    known = theirs if theirs in zones else current().time_zone
    return known if known in zones else ""
