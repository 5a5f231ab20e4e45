"""Taking in what the provider says, and acting on what is true."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from audit.services import record
from billing.gateways.base import (
    CheckoutSession,
    CheckoutStatus,
    IntentState,
    IntentStatus,
    ProviderNotice,
    RefundResult,
)
from billing.payments.models import Payment
from billing.payments.services import lock_siblings, move_payment
from billing.refunds.services import adopt_refunds, refund_payment
from billing.settlements.models import ProviderEvent
from booking.appointments.services import Busy, PriceChanged, SlotTaken, confirm_paid
from foundation.errors import Refused
from foundation.events import publish
from foundation.jobs import enqueue

# What we act on. Other kinds are kept and left alone.
KINDS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
    }
)
# Tries that ended in an error of ours or in the worker's death. An absent provider
# does not count.
MAX_ATTEMPTS = 5
Settled = frozenset({Payment.Status.SUCCEEDED, Payment.Status.RETURNED})


class NotRetryable(Refused):
    sentence = "Only an event that was given up can be tried again."


@transaction.atomic
def record_event(*, notice: ProviderNotice, provider: str) -> ProviderEvent:
    """Put a notice into the inbox and queue its handling, once.

    What names no payment of ours, or is of a kind that we do not act on, is kept as
    ignored: other systems may share the provider's account.
    """
    payment = _named(notice)
    is_ours = payment is not None and notice.type in KINDS and not notice.account
    statuses = ProviderEvent.Status
    event, is_new = ProviderEvent.objects.get_or_create(
        provider=provider,
        provider_event_id=notice.id[:120],
        defaults={
            "kind": notice.type[:80],
            "object_id": notice.object_id[:120],
            "is_live": notice.live,
            "payment": payment,
            "status": statuses.RECEIVED if is_ours else statuses.IGNORED,
        },
    )
    if is_new and is_ours:
        enqueue("billing.settlements.tasks.settle_event", event_id=event.pk)
    return event


@transaction.atomic
def begin_event(*, event_id: int) -> ProviderEvent | None:
    """Count one try at an event. None when there is nothing to do any more.

    The count is committed before the work, so that an event which kills its worker is
    given up too. Then it is a dead letter, for billing to see.
    """
    event = (
        ProviderEvent.objects.select_for_update(of=("self",))
        .filter(pk=event_id, status=ProviderEvent.Status.RECEIVED)
        .first()
    )
    if event is None:
        return None
    if event.attempts >= MAX_ATTEMPTS:
        _move(event, ProviderEvent.Status.DEAD)
        return None
    event.attempts += 1
    event.save(update_fields=["attempts", "updated_at"])
    return event


def postpone_event(*, event: ProviderEvent, error: str, at: datetime) -> None:
    """The provider could not be asked: the try does not count."""
    ProviderEvent.objects.filter(
        pk=event.pk, status=ProviderEvent.Status.RECEIVED, attempts__gt=0
    ).update(attempts=F("attempts") - 1, error=error[:300], updated_at=at)


def note_error(*, event: ProviderEvent, error: str, at: datetime) -> None:
    """Keep what went wrong beside the event, in words that name nobody."""
    ProviderEvent.objects.filter(pk=event.pk).update(error=error[:300], updated_at=at)


@transaction.atomic
def settle_event(
    *,
    event: ProviderEvent,
    checkout: CheckoutSession,
    refunds: Iterable[RefundResult],
    at: datetime,
) -> ProviderEvent:
    """Act on an event and mark it handled, in one transaction.

    `checkout` and `refunds` were read from the provider after the event arrived, so
    the order of events does not matter: the last look is right for all of them.
    """
    event = ProviderEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    if event.status != ProviderEvent.Status.RECEIVED or event.payment is None:
        return event
    is_other_page = event.object_id.startswith("cs_") and event.object_id != checkout.id
    if is_other_page:
        event.error = "It names our payment, but is about another page."
        return _move(event, ProviderEvent.Status.IGNORED)
    settle_payment(payment=event.payment, checkout=checkout, at=at)
    adopt_refunds(payment=event.payment, results=refunds, at=at)
    event.handled_at, event.error = at, ""
    return _move(event, ProviderEvent.Status.HANDLED)


@transaction.atomic
def settle_payment(
    *, payment: Payment, checkout: CheckoutSession, at: datetime
) -> Payment:
    """Bring a payment up to what the provider says, and the visit with it.

    Locks all payments of the visit. Money is counted only if amount, currency, mode
    and page are those that we asked for; else the payment is flagged, never paid.
    Publishes billing.payment_succeeded, _returned, _failed.
    """
    siblings = lock_siblings(payment)
    payment = next(row for row in siblings if row.pk == payment.pk)
    if payment.status in Settled:
        return payment
    intent = checkout.intent
    _remember(payment, checkout)
    if intent is not None and intent.status is IntentStatus.SUCCEEDED:
        if flag := _mismatch(payment, checkout, intent):
            return _flag(payment, flag, intent, at)
        return _receive(payment, intent, siblings, at)
    if intent is not None and intent.status is IntentStatus.PROCESSING:
        return _move_if_new(payment, Payment.Status.PROCESSING)
    if checkout.status is CheckoutStatus.EXPIRED:
        return _move_if_new(payment, Payment.Status.EXPIRED)
    if checkout.status is CheckoutStatus.COMPLETE:
        # The payer has done everything, and the bank said no in the end.
        was = payment.status
        payment = _move_if_new(payment, Payment.Status.FAILED)
        if payment.status != was:
            publish("billing.payment_failed", payment_id=payment.pk)
    return payment


@transaction.atomic
def retry_event(*, actor: Any, event: ProviderEvent) -> ProviderEvent:
    """Give a dead letter all its tries again. Raises NotRetryable."""
    event = ProviderEvent.objects.select_for_update(of=("self",)).get(pk=event.pk)
    if event.status != ProviderEvent.Status.DEAD:
        raise NotRetryable
    event.attempts = 0
    event.save(update_fields=["attempts"])
    record(actor=actor, verb="provider_event.retried", subject=event)
    enqueue("billing.settlements.tasks.settle_event", event_id=event.pk)
    return _move(event, ProviderEvent.Status.RECEIVED)


def _receive(
    payment: Payment, intent: IntentState, siblings: list[Payment], at: datetime
) -> Payment:
    """The money is there. It buys the visit, or it goes back at once."""
    returned = ""
    if any(row.status == Payment.Status.SUCCEEDED for row in siblings):
        returned = Payment.Returned.DOUBLE
    else:
        try:
            # Apart, so that a refusal undoes what booking had begun, not the rest.
            with transaction.atomic():
                confirm_paid(
                    appointment_id=payment.appointment_id,
                    patient_id=payment.patient_id,
                    price=payment.amount,
                    at=at,
                )
        except Busy:
            # Nothing was decided: the job runs again.
            raise
        except SlotTaken:
            returned = Payment.Returned.TAKEN
        except PriceChanged:
            returned = Payment.Returned.CHANGED
        except Refused:
            returned = Payment.Returned.CANCELLED
    money = {"received": intent.amount_received, "paid_at": at, "error_code": ""}
    if not returned:
        payment = move_payment(
            payment=payment, to=Payment.Status.SUCCEEDED, flag="", **money
        )
        publish("billing.payment_succeeded", payment_id=payment.pk)
        return payment
    payment = move_payment(
        payment=payment, to=Payment.Status.RETURNED, returned=returned, **money
    )
    refund_payment(
        actor=None,
        payment=payment,
        amount=payment.amount,
        reason=Payment.Returned(returned).label,
        dedupe_key=f"returned-{payment.pk}",
        at=at,
    )
    publish("billing.payment_returned", payment_id=payment.pk)
    return payment


def _mismatch(payment: Payment, checkout: CheckoutSession, intent: IntentState) -> str:
    """What the provider's money has that ours should not, in words; or nothing."""
    ours = str(payment.public_id)
    checks = [
        ("page", payment.session_id, checkout.id),
        ("metadata of the page", ours, checkout.metadata.get("payment", "")),
        ("metadata of the charge", ours, intent.metadata.get("payment", "")),
        ("currency", payment.currency, intent.currency),
        ("amount", payment.amount, intent.amount),
        ("amount received", payment.amount, intent.amount_received),
        ("live mode", payment.is_live, intent.live),
        ("live mode of the page", payment.is_live, checkout.live),
    ]
    wrong = [
        f"{name} is {theirs}, not {wanted}"
        for name, wanted, theirs in checks
        if wanted != theirs
    ]
    return "; ".join(wrong)


def _flag(payment: Payment, flag: str, intent: IntentState, at: datetime) -> Payment:
    """For people to look at. Never paid, and nothing goes back by itself."""
    if payment.status == Payment.Status.FLAGGED:
        return payment
    is_same_currency = intent.currency == payment.currency
    return move_payment(
        payment=payment,
        to=Payment.Status.FLAGGED,
        flag=flag[:200],
        received=intent.amount_received if is_same_currency else None,
        paid_at=at,
    )


def _remember(payment: Payment, checkout: CheckoutSession) -> None:
    """Ids, and the reason of the last refusal, whatever else happens."""
    intent = checkout.intent
    payment.session_id = payment.session_id or checkout.id
    if intent is not None:
        payment.intent_id = payment.intent_id or intent.id
        payment.error_code = intent.error_code[:60]
    payment.save(update_fields=["session_id", "intent_id", "error_code", "updated_at"])


def _move_if_new(payment: Payment, to: str) -> Payment:
    if payment.status == to or to not in Payment.MOVES.get(payment.status, set()):
        return payment
    return move_payment(payment=payment, to=to)


def _named(notice: ProviderNotice) -> Payment | None:
    try:
        public_id = UUID(notice.metadata.get("payment", ""))
    except ValueError:
        return None
    return Payment.objects.filter(public_id=public_id).first()


def _move(event: ProviderEvent, to: str) -> ProviderEvent:
    if to not in ProviderEvent.MOVES.get(event.status, set()):
        return event
    event.status = to
    event.save(update_fields=["status", "handled_at", "error", "updated_at"])
    return event
