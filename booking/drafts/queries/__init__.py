"""What a visitor can choose from, given what was said so far."""

from booking.drafts.queries.anyone import nearest, nearest_of_all, others_at
from booking.drafts.queries.boxes import Boxes, boxes_for
from booking.drafts.queries.follow_ups import follow_up_lines, show_draft_price
from booking.drafts.queries.offers import Offers, offers, specialties_on_offer
from booking.drafts.queries.progress import (
    draft_patient,
    has_lapsed,
    has_time,
    held_opening,
    is_over,
    own_patient,
    unfinished,
)
from booking.drafts.queries.times import Times, Wanted, times
from booking.drafts.queries.zones import time_zones

__all__ = [
    "Boxes",
    "Offers",
    "Times",
    "Wanted",
    "boxes_for",
    "draft_patient",
    "follow_up_lines",
    "has_lapsed",
    "has_time",
    "held_opening",
    "is_over",
    "nearest",
    "nearest_of_all",
    "offers",
    "others_at",
    "own_patient",
    "show_draft_price",
    "specialties_on_offer",
    "time_zones",
    "times",
    "unfinished",
]
