"""The one place where entries, freed times and offers change their status."""

from typing import Any

from booking.waitlist.models import FreedTime, Offer, WaitlistEntry


def move(row: WaitlistEntry | FreedTime | Offer, to: str, **changes: Any) -> None:
    """Change the status of a locked, fresh row, and `changes` with it. Raises
    ValueError for what its MOVES lack: callers look first."""
    moves: dict[str, set[str]] = row.MOVES
    if to not in moves.get(row.status, ()):
        raise ValueError(f"{row.status} does not lead to {to}.")
    row.status = to
    for name, value in changes.items():
        setattr(row, name, value)
    # When it was last touched, where the table keeps that.
    kept = ["updated_at"] if isinstance(row, WaitlistEntry) else []
    row.save(update_fields=["status", *changes, *kept])
