"""Which time zones can a visitor choose?"""

import zoneinfo
from functools import cache


@cache
def time_zones() -> list[tuple[str, str]]:
    """Every zone with a city, for a list: name and "Europe / Paris"."""
    return [
        (name, name.replace("/", " / ").replace("_", " "))
        for name in sorted(zoneinfo.available_timezones())
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/"))
    ]
