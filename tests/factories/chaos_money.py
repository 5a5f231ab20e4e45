"""What the payers of the chaos do, and whether the money is all there in the end.

The provider is played by its answers: what we are told of a page that was paid. All
that follows from them, our services do.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from billing.gateways.base import (
    CheckoutSession,
    CheckoutStatus,
    IntentState,
    IntentStatus,
    RefundResult,
    RefundStatus,
)
from billing.models import Payment, Refund
from billing.payments.services import attach_session, open_payment
from billing.refunds.queries import missed_payments
from billing.refunds.services import settle_cancellation, settle_missed, settle_refund
from billing.settlements.services import settle_payment
from booking.models import Appointment
from foundation.errors import Refused

NOTHING = Decimal(0)
# Missed visits are settled a day later.
LONG_AFTER = timedelta(days=30)


def _page(payment: Payment, at: datetime, *, is_paid: bool) -> CheckoutSession:
    metadata = {"payment": str(payment.public_id)}
    intent = IntentState(
        id=f"pi_{payment.pk}",
        status=IntentStatus.SUCCEEDED,
        amount=payment.amount,
        amount_received=payment.amount,
        currency=payment.currency,
        live=False,
        metadata=metadata,
        created_at=at,
    )
    return CheckoutSession(
        id=f"cs_{payment.pk}",
        status=CheckoutStatus.COMPLETE if is_paid else CheckoutStatus.OPEN,
        is_paid=is_paid,
        url="" if is_paid else "https://pay.example/",
        amount=payment.amount,
        currency=payment.currency,
        live=False,
        expires_at=at + timedelta(hours=1),
        metadata=metadata,
        intent=intent if is_paid else None,
    )


def begin_paying(clinic, pick: random.Random, at: datetime) -> None:
    """Somebody opens the page of a visit, whatever it is worth by now."""
    visit = clinic.any_visit(pick)
    if visit.status != "HELD" or visit.patient_id is None or not visit.price:
        raise Refused
    payment = open_payment(
        actor=None,
        appointment=visit,
        return_path=pick.choice(["/here/", "/there/"]),
        is_live=False,
        at=at,
        idempotency_key=uuid.UUID(int=pick.getrandbits(128), version=4),
    )
    attach_session(payment=payment, session=_page(payment, at, is_paid=False))


def pay(clinic, pick: random.Random, at: datetime) -> None:
    """The money of one of the pages comes: in time, late, or twice."""
    rows = list(Payment.objects.order_by("pk"))
    if not rows:
        raise Refused
    payment = pick.choice(rows)
    settle_payment(payment=payment, checkout=_page(payment, at, is_paid=True), at=at)


def settle(clinic, pick: random.Random, at: datetime) -> None:
    """The jobs of cancelled visits and of refunds, now or again."""
    for visit in Appointment.objects.filter(status="CANCELLED").order_by("pk"):
        settle_cancellation(appointment=visit, at=at)
    for refund in Refund.objects.filter(status="PENDING").select_related("payment"):
        settle_refund(refund=refund, result=_gone_back(refund, at), at=at)


def _gone_back(refund: Refund, at: datetime) -> RefundResult:
    return RefundResult(
        id=f"re_{refund.pk}",
        status=RefundStatus.SUCCEEDED,
        amount=refund.amount,
        currency=refund.payment.currency,
        intent_id=refund.payment.intent_id,
        created_at=at,
    )


def lost_money(clinic, pick: random.Random, at: datetime) -> list[str]:
    """Let everything that is due be settled, and count: of each payment what came is
    what is kept and what went back, and nobody has a visit that others pay for."""
    settle(clinic, pick, at)
    for payment in missed_payments(at=at + LONG_AFTER):
        settle_missed(payment=payment, at=at + LONG_AFTER)
    settle(clinic, pick, at)
    return [*_wrong_payments(), *_unpaid_visits()]


def _wrong_payments() -> Iterator[str]:
    for payment in Payment.objects.select_related("appointment"):
        back = sum((row.amount for row in payment.refunds.all()), NOTHING)
        came = payment.received or NOTHING
        kept = _kept(payment)
        if came != kept + back:
            yield f"{payment}: {came} came, {kept} is kept and {back} went back"
        if payment.refunds.exclude(status="SUCCEEDED").exists():
            yield f"{payment}: some of it is still on its way"


def _kept(payment: Payment) -> Decimal:
    """What the clinic may keep, by the state of the visit alone."""
    visit = payment.appointment
    if payment.status != Payment.Status.SUCCEEDED:
        return NOTHING
    if visit.status in ("CANCELLED", "MISSED"):
        return payment.amount - (visit.refund_due or NOTHING)
    return payment.amount


def _unpaid_visits() -> Iterator[str]:
    took_place = ("CONFIRMED", "ARRIVED", "IN_CONSULTATION", "COMPLETED", "MISSED")
    rows = Appointment.objects.filter(
        status__in=took_place, payment_policy="BEFORE", price__gt=0
    )
    for visit in rows.exclude(payments__status=Payment.Status.SUCCEEDED):
        yield f"{visit} is {visit.status} and was never paid"
