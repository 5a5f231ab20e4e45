"""The tables of the log, for Django to find."""

from audit.entries.models import Action, Category, Entry, Outcome
from audit.seals.models import Seal

__all__ = ["Action", "Category", "Entry", "Outcome", "Seal"]
