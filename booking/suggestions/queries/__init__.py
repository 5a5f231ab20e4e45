"""Which free times suit somebody best, and why."""

from booking.suggestions.queries.knowing import knowledge_of, wishes_of
from booking.suggestions.queries.ranking import (
    Knowledge,
    Reason,
    Suggestion,
    best,
    weigh,
)
from booking.suggestions.queries.suggesting import suggestions

__all__ = [
    "Knowledge",
    "Reason",
    "Suggestion",
    "best",
    "knowledge_of",
    "suggestions",
    "weigh",
    "wishes_of",
]
