"""Letting somebody act for a patient, and ending it. Either side begins, both agree."""

from accounts.proxies.services.acting import (
    NotActing,
    act_as_oneself,
    act_for,
    hold_acting,
)
from accounts.proxies.services.answering import (
    accept,
    confirm,
    decline,
    end,
    withdraw,
)
from accounts.proxies.services.beginning import (
    AlreadyThere,
    TooMany,
    TooYoung,
    ask,
    invite,
)
from accounts.proxies.services.moving import NotAnswerable
from accounts.proxies.services.reckoning import (
    end_what_is_over,
    set_age_rule,
    warn_of_ages,
)

__all__ = [
    "AlreadyThere",
    "NotActing",
    "NotAnswerable",
    "TooMany",
    "TooYoung",
    "accept",
    "act_as_oneself",
    "act_for",
    "ask",
    "confirm",
    "decline",
    "end",
    "end_what_is_over",
    "hold_acting",
    "invite",
    "set_age_rule",
    "warn_of_ages",
    "withdraw",
]
