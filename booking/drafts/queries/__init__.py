"""What a visitor can choose from, given what was said so far."""

from booking.drafts.queries.offers import Offers, offers, specialties_on_offer
from booking.drafts.queries.progress import (
    draft_patient,
    has_lapsed,
    has_time,
    is_over,
    late_fee,
    own_patient,
    unfinished,
)
from booking.drafts.queries.times import Times, Wanted, held_opening, nearest, times

__all__ = [
    "Offers",
    "Times",
    "Wanted",
    "draft_patient",
    "has_lapsed",
    "has_time",
    "held_opening",
    "is_over",
    "late_fee",
    "nearest",
    "offers",
    "own_patient",
    "specialties_on_offer",
    "times",
    "unfinished",
]
