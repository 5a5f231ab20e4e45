"""Granting a follow-up's price, and giving back the difference in the same act."""

from datetime import datetime
from typing import Any

from django.db import transaction

from billing.follow_ups.queries import Offer, offer_of, paid_by
from billing.payments.services import lock_payment
from billing.refunds.services import refund_payment
from booking.appointments.queries import grant_once_paid
from booking.appointments.services import PriceChanged, grant_follow_up
from booking.models import Appointment
from foundation.errors import Refused
from foundation.events import publish

REASON = "The visit is charged as a follow-up"


class NotGranted(Refused):
    sentence = "This visit can't be charged as a follow-up any more."


class WaitsForPayment(NotGranted):
    sentence = (
        "This visit waits for its payment, which was asked for at the full price."
        " Charge it as a follow-up once that is here: the difference goes back then. Or"
        " cancel it, and book it as a follow-up."
    )


@transaction.atomic
def grant(
    *, actor: Any, appointment: Appointment, seen: Offer, at: datetime
) -> Appointment:
    """Let a booked visit cost what a follow-up costs, and give back of what was paid
    online exactly the sum that was said: both happen, or nothing.

    Locks the payment before the visit, as whoever settles does. The sending is queued.
    Publishes billing.follow_up_granted where nothing goes back. Raises NotGranted,
    WaitsForPayment, PriceChanged where the desk saw something else, SlotTaken, Busy.
    """
    payment = paid_by(appointment)
    if payment is not None:
        payment = lock_payment(payment)
    # As it is by now: two may have looked at the same page.
    visits = Appointment.objects.select_related("patient", "visit_type", "doctor")
    appointment = visits.get(pk=appointment.pk)
    offer = offer_of(appointment, at=at)
    if offer is None:
        is_held = grant_once_paid(appointment, at=at) is not None
        raise WaitsForPayment if is_held else NotGranted
    if offer.back != seen.back:
        raise PriceChanged("What goes back has changed. Look at it again.")
    visit = grant_follow_up(
        actor=actor, appointment=appointment, seen=seen.grant, at=at
    )
    if payment is not None and offer.back > 0:
        refund_payment(
            actor=actor,
            payment=payment,
            amount=offer.back,
            reason=REASON,
            dedupe_key=f"follow-up-{visit.pk}",
            at=at,
        )
    else:
        # Whoever gets money back hears of it when that is on its way.
        publish("billing.follow_up_granted", appointment_id=visit.pk)
    return visit
