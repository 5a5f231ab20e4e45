"""Making one record of two, and parting them again."""

from portal.merges.services.denying import say_different
from portal.merges.services.merging import merge_records
from portal.merges.services.refusals import (
    SHORTEST_REASON,
    InTheWay,
    MergedAlready,
    NoReason,
    NotAllowed,
    TooLate,
    UndoneAlready,
)
from portal.merges.services.undoing import undo_merge

__all__ = [
    "SHORTEST_REASON",
    "InTheWay",
    "MergedAlready",
    "NoReason",
    "NotAllowed",
    "TooLate",
    "UndoneAlready",
    "merge_records",
    "say_different",
    "undo_merge",
]
