"""An earlier time takes the place of the visit that somebody has."""

from datetime import datetime
from typing import Any

from booking.appointments.models import Appointment, Party, Status
from booking.appointments.services import (
    MoveRefused,
    cancel_appointment,
    takes_time,
)
from booking.waitlist.models import Offer
from booking.waitlist.queries import swaps_to_finish

SWAPPED = "You took an earlier time from the waiting list."


def swap(
    *, actor: Any, old: Appointment, taken: Appointment, at: datetime
) -> Appointment:
    """Give up `old` for `taken`, free of charge, in the caller's transaction; returns
    the visit that there is then.

    The one place that knows how: two visits today, one that is moved some day. While
    the new one waits for the doctor or the money the old one stays, so that nobody ends
    up with none; `finish_swaps` gives it up when it is booked.
    """
    if taken.status == Status.CONFIRMED:
        cancel_appointment(
            actor=actor,
            appointment=old,
            reason=SWAPPED,
            by=Party.PATIENT,
            at=at,
            is_free=True,
        )
    return taken


def finish_swaps(*, at: datetime, appointment_id: int | None = None) -> int:
    """Give up the later visits whose earlier ones (this one, or all) are booked by now;
    how many."""
    offers = swaps_to_finish(at=at)
    if appointment_id is not None:
        offers = offers.filter(freed__hold=appointment_id)
    keys = list(offers.order_by("pk").values_list("pk", flat=True))
    return sum(_finish(pk, at) for pk in keys)


@takes_time
def _finish(pk: int, at: datetime) -> bool:
    offer = Offer.objects.select_related("freed__hold", "entry__replaces").get(pk=pk)
    old, taken = offer.entry.replaces, offer.freed.hold
    if old is None or taken is None:
        return False
    try:
        swap(actor=None, old=old, taken=taken, at=at)
    except MoveRefused:
        # Somebody else ended it meanwhile.
        return False
    return True
