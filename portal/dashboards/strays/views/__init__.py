"""Visits outside hours: the list of them, the question before a change of hours, and
the facts whose change asks it."""

from portal.dashboards.strays.views.facts import (
    change_doctor,
    change_location,
    person_leaving,
)
from portal.dashboards.strays.views.lists import (
    CONFIRMED,
    Change,
    ask_first,
    carry_out,
    settle_strays,
    strays,
)

__all__ = [
    "CONFIRMED",
    "Change",
    "ask_first",
    "carry_out",
    "change_doctor",
    "change_location",
    "person_leaving",
    "settle_strays",
    "strays",
]
