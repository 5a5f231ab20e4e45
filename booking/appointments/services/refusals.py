"""Why an appointment cannot be made or moved, each with a sentence for people."""

from collections.abc import Sequence

from booking.appointments.queries import Slot
from foundation.errors import Refused


class SlotTaken(Refused):
    """The time is not free (any more). `nearest` are free ones, in order of time."""

    sentence = "This time has just been taken. Choose another one."

    def __init__(
        self, sentence: str | None = None, *, nearest: Sequence[Slot] = ()
    ) -> None:
        super().__init__(sentence)
        self.nearest = list(nearest)


class PatientBusy(SlotTaken):
    """The patient has another visit then."""

    sentence = "You already have a visit at this time. Choose another time."


class WhyOverbooked(Refused):
    sentence = "Give a reason. It stands at both visits."


class NotThere(SlotTaken):
    sentence = (
        "The doctor does not see patients there at this time. Choose another one."
    )


class SharedAlready(SlotTaken):
    """Two at a time is the most."""

    sentence = "Two visits share this time already. Choose another one."


class RoomTaken(SlotTaken):
    sentence = "This room is taken then. Choose another one, or none."


class EquipmentTaken(SlotTaken):
    sentence = (
        "Equipment that this visit needs is taken then. Choose another time or room."
    )


class RoomUnfit(Refused):
    """The room does not do for the visit, with what is against it; staff can give it
    all the same, with a reason."""

    sentence = "This room does not fit the visit."


class NothingFits(Refused):
    sentence = (
        "No room with what this visit needs is free then. Give the visit another time,"
        " or choose a room yourself and say why."
    )


class HoldExpired(Refused):
    sentence = "We could no longer hold this time for you. Choose a time again."


class AlreadyExtended(Refused):
    sentence = "You have had more time already. We cannot hold this time for longer."


class MoveRefused(Refused):
    """The appointment is not in a state from which that can be done."""

    sentence = "This cannot be done with this visit any more."


class ByPhoneOnly(Refused):
    sentence = "This visit can only be booked by phone. Call us."


class NewPatientsOnly(Refused):
    """The visit type is for first visits, and this patient has been here."""

    sentence = (
        "This kind of visit is only for a first visit here. Choose another kind of"
        " visit."
    )


class NotTakingPatients(Refused):
    """The doctor sees only people they know."""

    sentence = "This doctor is not taking new patients. Choose another doctor."


class PriceChanged(Refused):
    """It costs something else than the visitor saw: somebody signed in, or another
    visit is the follow-up by now."""

    sentence = "The price has changed. Look at it, then book."


class KeyReused(Refused):
    """One idempotency key came with two different requests."""

    sentence = "This form was sent before with other details. Start again."


class Busy(Refused):
    """Others kept the calendar locked for too long. Nothing was changed."""

    sentence = "Many people are booking right now. Try again in a moment."


class VisitsBooked(Refused):
    """A place cannot be closed over the heads of those who are booked there."""

    sentence = "Visits are booked here. Cancel them first, or wait until they are over."
