"""What services call to write their changes down."""

from audit.entries.services import record, record_along

__all__ = ["record", "record_along"]
