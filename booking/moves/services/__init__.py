"""Giving a booked visit another time.

`asking` is what patients do, `answering` what becomes of a request, `arranging` what
the clinic does, `taking` an earlier time that was kept for them. The order of locks is
the same for everybody: calendars, the move, the visit, the held time.
"""

from booking.moves.services.answering import (
    approve_move,
    close_moves,
    decline_move,
    expire_moves,
    withdraw_move,
)
from booking.moves.services.arranging import (
    ChangedMeanwhile,
    HourStands,
    WhyMoved,
    hand_over,
    keep_hour,
    move_for_patient,
)
from booking.moves.services.asking import NotMovable, move_visit
from booking.moves.services.taking import take_kept

__all__ = [
    "ChangedMeanwhile",
    "HourStands",
    "NotMovable",
    "WhyMoved",
    "approve_move",
    "close_moves",
    "decline_move",
    "expire_moves",
    "hand_over",
    "keep_hour",
    "move_for_patient",
    "move_visit",
    "take_kept",
    "withdraw_move",
]
