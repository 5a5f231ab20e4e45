"""What was paid for the visits, and what went back.

Where no real provider is set, the payment sandbox's books are written too, so that a
payment of the demo can be refunded like any other.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from billing.gateways.sandbox import intents, refunds
from billing.gateways.sandbox.cards import CARDS
from billing.gateways.sandbox.engine import Config, Sandbox
from billing.gateways.sandbox.wire import Object
from billing.models import Payment, Refund
from booking.appointments.models import Status
from booking.models import Appointment, StatusChange
from foundation.money import minor_units
from portal.demo.histories import backdate
from portal.demo.visits import uuid_of
from portal.demo.world import World

_GOOD_CARD = "4242424242424242"
_SESSION = timedelta(minutes=60)
_PAID = frozenset(
    {
        Status.CONFIRMED,
        Status.ARRIVED,
        Status.IN_CONSULTATION,
        Status.COMPLETED,
        Status.MISSED,
        Status.CANCELLED,
    }
)


class Books(Sandbox):
    """The sandbox's objects without its messages: nobody waits for old webhooks."""

    def emit(self, event_type: str, subject: Object) -> Object:
        return subject

    def go_to(self, at: datetime) -> None:
        """Set the clock by which new objects are dated."""
        self._ahead = 0
        self._ahead = round(at.timestamp()) - self.now()


def load_money(world: World, changes: list[StatusChange]) -> None:
    """Payments of prepaid visits and refunds of cancelled ones."""
    steps: dict[int, list[StatusChange]] = {}
    for change in changes:
        steps.setdefault(change.appointment_id, []).append(change)
    prepaid = [v for v in world.visits if v.payment_policy == "BEFORE" and v.price > 0]
    payments = [
        payment
        for visit in prepaid
        for payment in [_payment(world, visit, steps[visit.pk])]
        if payment is not None
    ]
    _make_special(payments)
    Payment.objects.bulk_create(payments, batch_size=500)
    backdate(payments, {p.pk: p.session_expires_at - _SESSION for p in payments})
    given_back = [
        refund
        for payment in payments
        for refund in [_refund(world, payment)]
        if refund is not None
    ]
    if given_back:
        # A bank sent one back; billing finds it in its list.
        given_back[0].status = Refund.Status.FAILED
        given_back[0].error = "The card's account is closed."
        given_back[0].refunded_at = None
    Refund.objects.bulk_create(given_back)
    backdate(given_back, {r.pk: _refunded_at(r) for r in given_back})
    if not settings.STRIPE_SECRET_KEY:
        write_books(settings.VAR_DIR / "sandbox.sqlite", payments, given_back)


def _payment(
    world: World, visit: Appointment, steps: list[StatusChange]
) -> Payment | None:
    """The one try at a visit's money; None where it never came to that."""
    paid = next((s for s in steps if s.to_status == Status.CONFIRMED), None)
    lapsed = next((s for s in steps if s.to_status == Status.EXPIRED), None)
    if paid is not None and visit.status in _PAID:
        status, at = Payment.Status.SUCCEEDED, paid.at
    elif lapsed is not None:
        # Somebody opened the payment page and closed it, or the card was refused.
        status = world.dice.choice([Payment.Status.EXPIRED, Payment.Status.FAILED])
        at = lapsed.at - timedelta(minutes=6)
    else:
        return None
    is_paid = status == Payment.Status.SUCCEEDED
    return Payment(
        public_id=uuid_of(world),
        appointment=visit,
        patient=visit.patient,
        amount=visit.price,
        currency=visit.currency,
        status=status,
        idempotency_key=uuid_of(world),
        return_path="/portal/",
        session_expires_at=at + _SESSION,
        received=visit.price if is_paid else None,
        paid_at=at if is_paid else None,
        error_code="card_declined" if status == Payment.Status.FAILED else "",
    )


def _make_special(payments: list[Payment]) -> None:
    """One that came too late and goes back, one that does not add up."""
    unpaid = [p for p in payments if p.status == Payment.Status.EXPIRED]
    for payment, status in zip(
        unpaid, (Payment.Status.RETURNED, Payment.Status.FLAGGED), strict=False
    ):
        payment.status = status
        payment.paid_at = payment.session_expires_at - _SESSION
        payment.received = payment.amount
        if status == Payment.Status.RETURNED:
            payment.returned = Payment.Returned.TAKEN
        else:
            payment.received = payment.amount - Decimal("5.00")
            payment.flag = "The provider took £5.00 less than the price."


def _refund(world: World, payment: Payment) -> Refund | None:
    visit = payment.appointment
    amount = visit.refund_due or Decimal(0)
    key, reason = f"cancellation-{visit.pk}", "The visit was cancelled"
    if payment.status == Payment.Status.RETURNED:
        amount = payment.amount
        key, reason = f"returned-{payment.pk}", "The time had been taken"
    if payment.received is None or amount <= 0:
        return None
    at = visit.cancelled_at or payment.paid_at
    return Refund(
        public_id=uuid_of(world),
        payment=payment,
        amount=amount,
        reason=reason,
        status=Refund.Status.SUCCEEDED,
        dedupe_key=key,
        refunded_at=at,
    )


def _refunded_at(refund: Refund) -> datetime:
    visit = refund.payment.appointment
    at = refund.refunded_at or visit.cancelled_at or refund.payment.created_at
    return at + timedelta(minutes=1)


def write_books(path: Path, payments: list[Payment], given_back: list[Refund]) -> None:
    """Give the payment sandbox the same money, and the rows its ids.

    What the sandbox remembered of an earlier demo is forgotten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    books = Books(Config(public_url="", secret_key="", state_file=str(path)), {})
    books.store.clear()
    with books.store.transaction():
        for payment in payments:
            if payment.received is not None:
                _enter(books, payment)
        for refund in given_back:
            if refund.status == Refund.Status.SUCCEEDED:
                _enter_refund(books, refund)
    books.store.close()
    books.courier.stop()
    Payment.objects.bulk_update(payments, ["intent_id"], batch_size=500)
    Refund.objects.bulk_update(given_back, ["provider_id"], batch_size=500)


def _enter(books: Books, payment: Payment) -> None:
    assert payment.received is not None  # noqa: S101 the caller looked
    books.go_to(payment.created_at)
    intent = intents.open_intent(
        books,
        amount=minor_units(payment.received, payment.currency),
        currency=payment.currency.lower(),
        metadata={
            "payment": str(payment.public_id),
            "visit": str(payment.appointment.public_id),
        },
        description=None,
        session_id="cs_test_demo",
    )
    intents.present_card(books, intent, CARDS[_GOOD_CARD])
    payment.intent_id = intent["id"]


def _enter_refund(books: Books, refund: Refund) -> None:
    books.go_to(refund.created_at)
    entry = refunds.create(
        books,
        {
            "payment_intent": refund.payment.intent_id,
            "amount": str(minor_units(refund.amount, refund.payment.currency)),
            "metadata": {"refund": str(refund.public_id)},
        },
    )
    refund.provider_id = entry["id"]
