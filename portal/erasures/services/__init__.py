"""Deciding about an erasure, and carrying it out."""

from portal.erasures.services.carrying_out import (
    NotReadable,
    carry_out,
    forget_last_messages,
    shred_kept,
)
from portal.erasures.services.deciding import (
    SHORTEST_REASON,
    AskedAlready,
    NoReason,
    NotAllowed,
    NotForThem,
    NotNow,
    NotSettled,
    ask_erasure,
    decide_erasure,
    open_kept,
    release_erasure,
    withdraw_erasure,
)

__all__ = [
    "SHORTEST_REASON",
    "AskedAlready",
    "NoReason",
    "NotAllowed",
    "NotForThem",
    "NotNow",
    "NotReadable",
    "NotSettled",
    "ask_erasure",
    "carry_out",
    "decide_erasure",
    "forget_last_messages",
    "open_kept",
    "release_erasure",
    "shred_kept",
    "withdraw_erasure",
]
