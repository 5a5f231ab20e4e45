"""The identity as it was before a merge, and after: kept sealed, as JSON."""

import json

from portal.merges.models import Merge

Facts = dict[str, tuple[str, str]]


def facts_of(merge: Merge) -> Facts:
    """The facts that the merge changed: (before, after) by name, as text."""
    known = json.loads(merge.facts or "{}")
    return {name: (before, after) for name, (before, after) in known.items()}


def sealed(facts: Facts) -> str:
    """What stands in `Merge.facts`."""
    return json.dumps(facts)
