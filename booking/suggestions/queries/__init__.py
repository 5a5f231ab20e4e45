"""Which free times suit somebody best, and why."""

from booking.suggestions.queries.knowing import wishes_of
from booking.suggestions.queries.ranking import (
    Knowledge,
    Suggestion,
    best,
    weigh,
)
from booking.suggestions.queries.suggesting import suggestions

__all__ = [
    "Knowledge",
    "Suggestion",
    "best",
    "suggestions",
    "weigh",
    "wishes_of",
]
