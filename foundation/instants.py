"""Instants as they stand in addresses and forms."""

from datetime import datetime

# The calendar of Python ends; nothing is reckoned near its ends.
YEARS = range(2000, 2200)


def read_instant(typed: str) -> datetime | None:
    """An ISO instant with its offset or Z, of these two centuries, or None."""
    try:
        at = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return at if at.tzinfo is not None and at.year in YEARS else None
