"""The one function of the log that every service calls."""

from audit.entries.services import record

__all__ = ["record"]
