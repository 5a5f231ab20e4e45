"""A doctor's day: `day` says who comes and what waits, `grid` draws it."""

from portal.dashboards.my_day.queries.day import (
    bounds,
    day_of,
    drafts_of,
    moves_to,
    read_day,
    requests_to,
    visits_of,
)
from portal.dashboards.my_day.queries.grid import kind_of

__all__ = [
    "bounds",
    "day_of",
    "drafts_of",
    "kind_of",
    "moves_to",
    "read_day",
    "requests_to",
    "visits_of",
]
