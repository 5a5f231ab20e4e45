"""Moving a visit: from the portal, and by the link in a message."""

from booking.moves.views.pages import (
    manage_move,
    manage_move_check,
    manage_move_withdraw,
    move,
    move_check,
    move_withdraw,
)

__all__ = [
    "manage_move",
    "manage_move_check",
    "manage_move_withdraw",
    "move",
    "move_check",
    "move_withdraw",
]
