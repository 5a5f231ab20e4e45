"""Why somebody cannot wait, or cannot have what they were offered."""

from foundation.errors import Refused


class NobodyOffers(Refused):
    sentence = "Nobody offers this visit there. Choose another doctor or place."


class ByPhone(Refused):
    sentence = "This visit can only be booked by phone. Call us."


class NotForNew(Refused):
    """The doctor sees only people they know, or the visit is for a first time only."""

    sentence = "This visit is not open to you with this doctor. Choose another one."


class WaitsForEnough(Refused):
    sentence = "You wait for ten times already. Leave one of them first."


class NotSooner(Refused):
    sentence = "This visit can no longer be swapped for an earlier one."


class OfferGone(Refused):
    """Declined, lapsed, or taken back."""

    sentence = (
        "This offer is over, and nothing was booked. You stay on the waiting list, and "
        "we tell you when the next time comes free."
    )


class OfferTaken(OfferGone):
    sentence = (
        "Somebody else took this time just before you, and nothing was booked. You "
        "stay on the waiting list, and we tell you when the next time comes free."
    )
