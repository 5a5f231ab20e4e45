"""Planning who works where, and taking people out of the plan.

None of this gives or takes a right: what somebody may do comes from their roles.
"""

from clinic.rota.services.away import add_days_off, remove_days_off, skip_day
from clinic.rota.services.copying import Copied, copy_week
from clinic.rota.services.planning import change_shift, end_shift, plan_shifts
from clinic.rota.services.refusals import (
    AtTwoPlaces,
    AwayAlready,
    AwayThen,
    EndsBeforeStart,
    NeverComes,
    NoRoleHere,
    NotHere,
    Past,
)

__all__ = [
    "AtTwoPlaces",
    "AwayAlready",
    "AwayThen",
    "Copied",
    "EndsBeforeStart",
    "NeverComes",
    "NoRoleHere",
    "NotHere",
    "Past",
    "add_days_off",
    "change_shift",
    "copy_week",
    "end_shift",
    "plan_shifts",
    "remove_days_off",
    "skip_day",
]
