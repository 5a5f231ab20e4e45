"""What forms there are, how one falls into pages, and what an answer must be."""

from records.questionnaires.queries.checking import (
    error_of,
    fits,
    is_told,
    options_of,
    words_of,
)
from records.questionnaires.queries.lists import (
    active_for,
    draft_of,
    earlier_questions,
    forms,
    has_questions,
    items_of,
    versions_of,
)
from records.questionnaires.queries.parts import (
    Answers,
    Page,
    is_question,
    pages_of,
    shown_items,
)

__all__ = [
    "Answers",
    "Page",
    "active_for",
    "draft_of",
    "earlier_questions",
    "error_of",
    "fits",
    "forms",
    "has_questions",
    "is_question",
    "is_told",
    "items_of",
    "options_of",
    "pages_of",
    "shown_items",
    "versions_of",
    "words_of",
]
