"""Keeping what a visitor says on the way to a booking, and making it one."""

from booking.drafts.services.answers import (
    begin_draft,
    change_reason,
    save_answers,
    set_time_zone,
    sweep_drafts,
)
from booking.drafts.services.choosing import (
    Chosen,
    NotOffered,
    TimeRefused,
    choose_time,
    extend_draft,
)
from booking.drafts.services.submitting import submit_draft

__all__ = [
    "Chosen",
    "NotOffered",
    "TimeRefused",
    "begin_draft",
    "change_reason",
    "choose_time",
    "extend_draft",
    "save_answers",
    "set_time_zone",
    "submit_draft",
    "sweep_drafts",
]
