"""The clinic's day: `arriving` checks in and takes back, `calling` calls in,
`walk_ins` takes in who came without a visit, `rooms` moves them, `missing` marks who
never came."""

from booking.queue.services.arriving import (
    check_in,
    reopen,
    take_back,
    take_done_back,
)
from booking.queue.services.calling import call_in
from booking.queue.services.missing import mark_overdue
from booking.queue.services.refusals import NobodyFree, NotNow, RoomTaken
from booking.queue.services.rooms import change_room
from booking.queue.services.ruling import set_place_rules, set_rules
from booking.queue.services.screens import end_screen, make_screen
from booking.queue.services.telling import tell_called
from booking.queue.services.walk_ins import take_walk_in

__all__ = [
    "NobodyFree",
    "NotNow",
    "RoomTaken",
    "call_in",
    "change_room",
    "check_in",
    "end_screen",
    "make_screen",
    "mark_overdue",
    "reopen",
    "set_place_rules",
    "set_rules",
    "take_back",
    "take_done_back",
    "take_walk_in",
    "tell_called",
]
