"""The rota: who works where on which day, and planning it."""

from portal.dashboards.rota.views.away import days_off, days_off_end
from portal.dashboards.rota.views.shifts import (
    plan,
    shift,
    shift_end,
    shift_skip,
)
from portal.dashboards.rota.views.weeks import copy, my_week, rota

__all__ = [
    "copy",
    "days_off",
    "days_off_end",
    "my_week",
    "plan",
    "rota",
    "shift",
    "shift_end",
    "shift_skip",
]
