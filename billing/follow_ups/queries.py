"""What becomes of the money when a booked visit gets the price of a follow-up."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from billing.payments.models import Payment
from billing.refunds.queries import refundable
from booking.appointments.queries import Grant, grant_of
from booking.models import Appointment


class Offer(NamedTuple):
    """What granting means now. `back` goes back to who paid online; what that leaves of
    the difference was never paid here, and is charged no more."""

    grant: Grant
    back: Decimal


def offer_of(appointment: Appointment, *, at: datetime) -> Offer | None:
    """What the desk may grant, with its money; None where there is nothing to grant.
    Four queries at most, one where the kind of visit knows no follow-ups."""
    grant = grant_of(appointment, at=at)
    if grant is None:
        return None
    payment = paid_by(appointment)
    back = min(grant.off, refundable(payment)) if payment else Decimal("0.00")
    return Offer(grant, back)


def paid_by(appointment: Appointment) -> Payment | None:
    """The payment that paid for a visit."""
    status = Payment.Status.SUCCEEDED
    return Payment.objects.filter(appointment=appointment, status=status).first()
