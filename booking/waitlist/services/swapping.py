"""An earlier time takes the place of the one that a visit has."""

from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment
from booking.appointments.services import MoveRefused
from booking.moves.services import take_kept
from booking.waitlist.models import Offer
from booking.waitlist.services.refusals import NotSooner

SWAPPED = "An earlier time from the waiting list."


def swap(
    offer: Offer, *, actor: Any, visit: Appointment, hold: Appointment, at: datetime
) -> Appointment:
    """Move `visit` to the offered time, which `hold` keeps, in the caller's
    transaction; the visit as it is then.

    It stays the visit that it is, and where the doctor approves each time it keeps its
    own until the answer: so nobody ends up with none, and nothing is paid twice. Raises
    NotSooner, HoldExpired, PatientBusy.
    """
    try:
        move = take_kept(
            actor=actor,
            appointment=visit,
            kept=hold,
            offering=offer.offering,
            reason=SWAPPED,
            at=at,
            idempotency_key=offer.public_id,
        )
    except MoveRefused as refused:
        raise NotSooner from refused
    return move.appointment
