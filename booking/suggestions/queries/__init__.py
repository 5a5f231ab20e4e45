"""Which free times suit somebody best, and why."""

from booking.suggestions.queries.knowing import wishes_of
from booking.suggestions.queries.ranking import (
    Knowledge,
    Suggestion,
    Told,
    best,
    tell,
    weigh,
)
from booking.suggestions.queries.suggesting import suggestions

__all__ = [
    "Knowledge",
    "Suggestion",
    "Told",
    "best",
    "suggestions",
    "tell",
    "weigh",
    "wishes_of",
]
