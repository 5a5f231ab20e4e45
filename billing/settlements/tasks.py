"""Jobs: ask the provider, then act on the answer. No transaction waits for it."""

import logging
from datetime import timedelta

from django.utils import timezone

from billing.gateways.base import (
    CheckoutSession,
    GatewayRefused,
    GatewayUnavailable,
    RefundResult,
)
from billing.gateways.stripe import gateway
from billing.payments.models import Payment
from billing.payments.queries import lapsed, unanswered_since
from billing.payments.services import expire_payment
from billing.refunds.queries import underway, unsent
from billing.settlements import services
from billing.settlements.models import ProviderEvent
from billing.settlements.queries import waiting
from billing.settlements.services import (
    begin_event,
    note_error,
    postpone_event,
    settle_payment,
)
from foundation.jobs import enqueue

log = logging.getLogger(__name__)

# The sweep takes up what the queue lost, or what waits for the provider.
PATIENCE = timedelta(minutes=1)
# An open page is asked about from then on, should its events never come.
SILENCE = timedelta(minutes=5)
# A refund that the bank works on takes days; asking now and then is enough.
REFUND_PATIENCE = timedelta(hours=6)
BATCH = 100


def settle_event(*, event_id: int) -> None:
    """Handle one provider event. Safe to run twice, and to die anywhere."""
    event = begin_event(event_id=event_id)
    if event is None or event.payment is None:
        return
    try:
        checkout, refunds = _ask(event.payment, event)
        services.settle_event(
            event=event, checkout=checkout, refunds=refunds, at=timezone.now()
        )
    except GatewayUnavailable as error:
        postpone_event(event=event, error=error.code, at=timezone.now())
    except Exception as error:
        # The class only: a message could hold somebody's data.
        note_error(event=event, error=type(error).__name__, at=timezone.now())
        raise


def close_checkout(*, payment_id: int) -> None:
    """Close a page that must take no more money, and take over how it ended."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None or not payment.session_id:
        return
    try:
        checkout = gateway().close_checkout(payment.session_id)
    except GatewayRefused as error:
        log.warning("payment %s has no page to close: %s", payment_id, error.code)
        return
    settle_payment(payment=payment, checkout=checkout, at=timezone.now())


def close_checkouts(*, appointment_id: int) -> None:
    """booking.hold_expired, booking.appointment_cancelled: nobody should pay now."""
    for payment in lapsed(timezone.now()).filter(appointment_id=appointment_id):
        expire_payment(payment=payment)


def ask_provider(*, payment_id: int) -> None:
    """Ask about a payment whose events have not come."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None or not payment.session_id:
        return
    try:
        checkout = gateway().find_checkout(payment.session_id)
    except GatewayUnavailable as error:
        log.warning("payment %s: no answer: %s", payment_id, error.code)
        return
    except GatewayRefused as error:
        log.warning("payment %s has no page: %s", payment_id, error.code)
        if payment.session_expires_at < timezone.now():
            expire_payment(payment=payment)
        return
    settle_payment(payment=payment, checkout=checkout, at=timezone.now())


def chase_unfinished() -> None:
    """Each minute: whatever should have ended by now gets another push."""
    at = timezone.now()
    for payment in lapsed(at)[:BATCH]:
        expire_payment(payment=payment)
    for event in waiting(at - PATIENCE)[:BATCH]:
        enqueue("billing.settlements.tasks.settle_event", event_id=event.pk)
    for payment in unanswered_since(at - SILENCE)[:BATCH]:
        enqueue("billing.settlements.tasks.ask_provider", payment_id=payment.pk)
    for refund in unsent(at - PATIENCE)[:BATCH]:
        enqueue("billing.refunds.tasks.send_refund", refund_id=refund.pk)
    for refund in underway(at - REFUND_PATIENCE)[:BATCH]:
        enqueue("billing.refunds.tasks.send_refund", refund_id=refund.pk)


def _ask(
    payment: Payment, event: ProviderEvent
) -> tuple[CheckoutSession, list[RefundResult]]:
    """How the payment stands now, and what went back of it."""
    checkout = _page(payment, event)
    if checkout.intent is None or not checkout.intent.amount_received:
        return checkout, []
    return checkout, list(gateway().refunds_of(checkout.intent.id))


def _page(payment: Payment, event: ProviderEvent) -> CheckoutSession:
    """The page of the payment, also if we died before we could note its id."""
    session_id = payment.session_id
    if not session_id and event.object_id.startswith("cs_"):
        session_id = event.object_id
    if session_id:
        return gateway().find_checkout(session_id)
    found = gateway().find_checkout_of(event.object_id)
    if found is None:
        raise LookupError("No page belongs to this event.")
    return found
