"""Which records may be one person's, what a merge of two would do, and what undoing it
would give back."""

from portal.merges.queries.comparing import (
    FACTS,
    LABELS,
    acting_for,
    amounts,
    differing,
    obstacles,
    owner_after,
    same_wishes,
    settled_first,
    unused_of,
    value_of,
)
from portal.merges.queries.digests import digests
from portal.merges.queries.likely import Pair, likely_pairs, pairs_with
from portal.merges.queries.rules import RULES, UNLINKED, links, moving, uniques
from portal.merges.queries.sealed_facts import facts_of, sealed
from portal.merges.queries.undoing import Plan, standing_merges, undo_plan

__all__ = [
    "FACTS",
    "LABELS",
    "RULES",
    "UNLINKED",
    "Pair",
    "Plan",
    "acting_for",
    "amounts",
    "differing",
    "digests",
    "facts_of",
    "likely_pairs",
    "links",
    "moving",
    "obstacles",
    "owner_after",
    "pairs_with",
    "same_wishes",
    "sealed",
    "settled_first",
    "standing_merges",
    "undo_plan",
    "uniques",
    "unused_of",
    "value_of",
]
