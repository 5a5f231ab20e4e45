"""Giving money back: never more than was paid, never twice for one cause."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from audit.services import record
from billing.gateways.base import RefundResult, RefundStatus
from billing.payments.models import RECEIVED, Payment
from billing.payments.services import lock_payment
from billing.refunds.models import Refund
from billing.refunds.queries import refundable
from booking.models import Appointment
from foundation.errors import Refused
from foundation.events import publish
from foundation.formats import money
from foundation.jobs import enqueue

_STATUS = {
    RefundStatus.PENDING: Refund.Status.PENDING,
    RefundStatus.SUCCEEDED: Refund.Status.SUCCEEDED,
    RefundStatus.FAILED: Refund.Status.FAILED,
}


class NothingToRefund(Refused):
    sentence = "No money was taken with this payment, so none can go back."


class RefundTooLarge(Refused):
    sentence = "That is more than is left of this payment."


class NotRetryable(Refused):
    sentence = "Only a failed refund can be tried again."


@transaction.atomic
def refund_payment(
    *,
    actor: Any,
    payment: Payment,
    amount: Decimal,
    reason: str,
    dedupe_key: str,
    at: datetime,
) -> Refund:
    """Promise money back and queue the sending, in one transaction.

    Locks the payment, so that two refunds at once never exceed it. The same
    `dedupe_key` gives the same refund. Raises NothingToRefund, RefundTooLarge.
    """
    payment = lock_payment(payment)
    known = Refund.objects.filter(dedupe_key=dedupe_key).first()
    if known is not None:
        return known
    _refuse_too_much(payment, amount)
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        reason=reason,
        dedupe_key=dedupe_key,
        created_by=actor,
    )
    record(actor=actor, verb="refund.opened", subject=refund, patient=payment.patient)
    enqueue("billing.refunds.tasks.send_refund", refund_id=refund.pk)
    return refund


@transaction.atomic
def settle_cancellation(*, appointment: Appointment, at: datetime) -> Refund | None:
    """Give back what the terms said when the visit was cancelled, once.

    The sum was recorded then; it is cut to what is left of the payment. None when
    nothing was paid or nothing is due.
    """
    payment = Payment.objects.filter(
        appointment=appointment, status=Payment.Status.SUCCEEDED
    ).first()
    due = appointment.refund_due or Decimal("0.00")
    if payment is None or appointment.status != "CANCELLED":
        return None
    payment = lock_payment(payment)
    key = f"cancellation-{appointment.pk}"
    known = Refund.objects.filter(dedupe_key=key).first()
    amount = min(due, refundable(payment))
    if known is not None or amount <= 0:
        return known
    return refund_payment(
        actor=None,
        payment=payment,
        amount=amount,
        reason="The visit was cancelled",
        dedupe_key=key,
        at=at,
    )


@transaction.atomic
def settle_missed(*, payment: Payment, at: datetime) -> Refund | None:
    """Give back what the terms leave of a visit that nobody came to, once.

    The sum was recorded when it was marked as missed; it is cut to what is left of the
    payment. None where somebody came after all, or nothing is due.
    """
    payment = lock_payment(payment)
    visits = Appointment.objects.select_for_update(of=("self",))
    visit = visits.get(pk=payment.appointment_id)
    key = f"missed-{visit.pk}"
    known = Refund.objects.filter(dedupe_key=key).first()
    amount = min(visit.refund_due or Decimal("0.00"), refundable(payment))
    if known is not None or visit.status != "MISSED" or amount <= 0:
        return known
    return refund_payment(
        actor=None,
        payment=payment,
        amount=amount,
        reason="Nobody came to the visit",
        dedupe_key=key,
        at=at,
    )


@transaction.atomic
def settle_refund(*, refund: Refund, result: RefundResult, at: datetime) -> Refund:
    """Take over what the provider says of a refund, in whatever order it comes.

    Publishes billing.payment_refunded when the provider takes it on. A refund that
    the bank sends back later becomes a failed one, for the desk to see.
    """
    refund = _lock(refund)
    is_new = not refund.provider_id
    refund.provider_id = result.id
    if is_new:
        refund.refunded_at = at
    refund.error = result.failure_code[:300]
    refund.save(update_fields=["provider_id", "refunded_at", "error", "updated_at"])
    _move(refund, _STATUS[result.status])
    if is_new and refund.status != Refund.Status.FAILED:
        publish(
            "billing.payment_refunded",
            payment_id=refund.payment_id,
            refund_id=refund.pk,
        )
    return refund


@transaction.atomic
def refuse_refund(*, refund: Refund, error: str) -> Refund:
    """The provider said no. The money stays with us, and the desk sees it."""
    refund = _lock(refund)
    if refund.status == Refund.Status.PENDING and not refund.provider_id:
        refund.error = error[:300]
        refund.save(update_fields=["error", "updated_at"])
        _move(refund, Refund.Status.FAILED)
    return refund


@transaction.atomic
def renew_key(*, refund: Refund) -> Refund:
    """The provider remembers a failure under this key: the next try needs another.

    Only after asking that no refund of ours exists there.
    """
    refund = _lock(refund)
    refund.key_number += 1
    refund.save(update_fields=["key_number", "updated_at"])
    return refund


@transaction.atomic
def retry_refund(*, actor: Any, refund: Refund, at: datetime) -> Refund:
    """Try a failed refund under a new key. Raises NotRetryable, RefundTooLarge."""
    payment = lock_payment(refund.payment)
    refund = _lock(refund)
    if refund.status != Refund.Status.FAILED:
        raise NotRetryable
    _refuse_too_much(payment, refund.amount)
    refund.key_number += 1
    refund.provider_id, refund.error = "", ""
    refund.save(update_fields=["key_number", "provider_id", "error", "updated_at"])
    _move(refund, Refund.Status.PENDING)
    record(actor=actor, verb="refund.retried", subject=refund, patient=payment.patient)
    enqueue("billing.refunds.tasks.send_refund", refund_id=refund.pk)
    return refund


@transaction.atomic
def adopt_refunds(
    *, payment: Payment, results: Iterable[RefundResult], at: datetime
) -> list[Refund]:
    """Take over everything the provider knows of a payment's refunds.

    One that nobody here asked for (made in the provider's own dashboard) gets a row,
    so that our books agree. Locks the payment.
    """
    payment = lock_payment(payment)
    return [_adopt(payment, result, at) for result in results]


def _adopt(payment: Payment, result: RefundResult, at: datetime) -> Refund:
    ours = list(Refund.objects.filter(payment=payment).order_by("pk"))
    named = result.metadata.get("refund", "")
    for refund in ours:
        if refund.provider_id == result.id:
            return settle_refund(refund=refund, result=result, at=at)
        if str(refund.public_id) == named:
            is_earlier_try = bool(refund.provider_id) or (
                refund.key_number > 1 and result.status is RefundStatus.FAILED
            )
            if is_earlier_try:
                return refund
            return settle_refund(refund=refund, result=result, at=at)
    refund = Refund.objects.create(
        payment=payment,
        amount=result.amount,
        reason="Made in the payment provider's dashboard",
        dedupe_key=f"provider-{result.id}"[:120],
    )
    record(actor=None, verb="refund.adopted", subject=refund, patient=payment.patient)
    return settle_refund(refund=refund, result=result, at=at)


def _refuse_too_much(payment: Payment, amount: Decimal) -> None:
    if payment.status not in RECEIVED or payment.received is None:
        raise NothingToRefund
    left = refundable(payment)
    if amount > left:
        words = money(left, payment.currency, exact=True)
        raise RefundTooLarge(f"Only {words} is left of this payment.")


def _lock(refund: Refund) -> Refund:
    return Refund.objects.select_for_update(of=("self",)).get(pk=refund.pk)


def _move(refund: Refund, to: str) -> None:
    """Move a locked refund. A move that the table lacks comes too late: dropped."""
    if to == refund.status or to not in Refund.MOVES.get(refund.status, set()):
        return
    refund.status = to
    refund.save(update_fields=["status", "updated_at"])
    record(
        actor=None,
        verb=f"refund.{to.lower()}",
        subject=refund,
        patient=refund.payment.patient,
    )
