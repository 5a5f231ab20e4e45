"""The clinic's calendar: `scopes` says whose, `columns` draws days, `tables` lists
weeks, months and single days."""

from portal.dashboards.calendar.queries.columns import (
    day_by_doctors,
    day_by_rooms,
    week_of,
)
from portal.dashboards.calendar.queries.scopes import Scope
from portal.dashboards.calendar.queries.tables import days_of, month_of, roster_of

__all__ = [
    "Scope",
    "day_by_doctors",
    "day_by_rooms",
    "days_of",
    "month_of",
    "roster_of",
    "week_of",
]
