"""The table of everything that is held about people, and the way to a person's rows."""

from portal.holdings.queries.shapes import Fate, Holding
from portal.holdings.queries.walking import (
    HOLDINGS,
    keys_with_merged,
    linked_models,
    model_of,
    person_columns,
    records_of,
    rows_about,
    with_merged,
)

__all__ = [
    "HOLDINGS",
    "Fate",
    "Holding",
    "keys_with_merged",
    "linked_models",
    "model_of",
    "person_columns",
    "records_of",
    "rows_about",
    "with_merged",
]
