"""Public ids as they stand in addresses and forms."""

from uuid import UUID


def read_uuid(typed: object) -> UUID | None:
    """The id that a text names, or None where it names none."""
    try:
        return UUID(str(typed))
    except ValueError:
        return None
