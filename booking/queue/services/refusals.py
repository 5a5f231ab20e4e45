"""Why a step of the day cannot be taken, each with a sentence for people."""

from foundation.errors import Refused


class NotNow(Refused):
    """Too early, too late, or no visit in person."""

    sentence = "You cannot check in for this visit now. Ask at the front desk."


class RoomTaken(Refused):
    sentence = "Somebody else has this room then. Swap the two, or choose another."


class NobodyFree(Refused):
    sentence = "No time is free any more today. Choose another doctor or visit."
