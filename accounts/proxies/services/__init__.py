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
from accounts.proxies.services.widening import (
    NothingLeft,
    answer_scopes,
    change_scopes,
    is_waiting,
    may_answer,
)

__all__ = [
    "AlreadyThere",
    "NotActing",
    "NotAnswerable",
    "NothingLeft",
    "TooMany",
    "TooYoung",
    "accept",
    "act_as_oneself",
    "act_for",
    "answer_scopes",
    "ask",
    "change_scopes",
    "confirm",
    "decline",
    "end",
    "end_what_is_over",
    "hold_acting",
    "invite",
    "is_waiting",
    "may_answer",
    "set_age_rule",
    "warn_of_ages",
    "withdraw",
]
