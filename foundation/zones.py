"""Time zones: those that people choose from, and how their clocks stand to UTC."""

import zoneinfo
from datetime import datetime, timedelta
from functools import lru_cache

# Zones of continents and oceans; the others are old names and technical ones.
_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@lru_cache(maxsize=1)
def zone_names() -> list[str]:
    """IANA names of the zones that people choose from, in order."""
    every = zoneinfo.available_timezones()
    return sorted(name for name in every if name.partition("/")[0] in _REGIONS)


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Zones (IANA names) by region, as a select shows them."""
    groups = []
    for region in _REGIONS:
        names = [name for name in zone_names() if name.startswith(f"{region}/")]
        cities = [
            (name, name.partition("/")[2].replace("_", " ").replace("/", ", "))
            for name in names
        ]
        groups.append((region, cities))
    return groups


def offset_minutes(at: datetime, zone: str) -> int:
    """By how many minutes the clocks of the IANA `zone` are ahead of UTC at `at`, by
    the rules that are known now."""
    shift = at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() or timedelta()
    return int(shift.total_seconds() // 60)
