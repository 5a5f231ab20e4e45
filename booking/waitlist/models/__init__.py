"""Who waits, what became free and who was asked, and how the clinic does it."""

from booking.waitlist.models.entries import (
    EVENING,
    NOON,
    EntryQuerySet,
    Part,
    WaitlistEntry,
    Weekday,
)
from booking.waitlist.models.offers import FreedTime, Offer
from booking.waitlist.models.rules import WaitlistRules

__all__ = [
    "EVENING",
    "NOON",
    "EntryQuerySet",
    "FreedTime",
    "Offer",
    "Part",
    "WaitlistEntry",
    "WaitlistRules",
    "Weekday",
]
