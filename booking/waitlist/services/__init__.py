"""The waiting list: every verb of the topic.

`joining` is coming and going, `finding` looks for freed times, `offering` passes one
on, `answering` is accepting and declining, `swapping` moves the later visit there.
"""

from booking.waitlist.services.answering import accept_offer, decline_offer
from booking.waitlist.services.finding import (
    find_freed,
    offer_all,
    sweep_waitlist,
)
from booking.waitlist.services.joining import (
    Wishes,
    end_lapsed_entries,
    join_waitlist,
    leave_waitlist,
    wait_for_sooner,
)
from booking.waitlist.services.offering import offer_freed
from booking.waitlist.services.refusals import (
    ByPhone,
    NobodyOffers,
    NotForNew,
    NotSooner,
    OfferGone,
    OfferTaken,
    WaitsForEnough,
)
from booking.waitlist.services.ruling import set_rules

__all__ = [
    "ByPhone",
    "NobodyOffers",
    "NotForNew",
    "NotSooner",
    "OfferGone",
    "OfferTaken",
    "WaitsForEnough",
    "Wishes",
    "accept_offer",
    "decline_offer",
    "end_lapsed_entries",
    "find_freed",
    "join_waitlist",
    "leave_waitlist",
    "offer_all",
    "offer_freed",
    "set_rules",
    "sweep_waitlist",
    "wait_for_sooner",
]
