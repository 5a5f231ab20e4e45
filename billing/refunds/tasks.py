"""Jobs: bring refunds to the provider, and tell the patient."""

import logging

from django.utils import timezone

from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    RefundRequest,
    RefundResult,
    RefundStatus,
)
from billing.gateways.stripe import gateway
from billing.payments.queries import visit_link, visit_words
from billing.refunds import services
from billing.refunds.models import Refund
from billing.refunds.queries import missed_payments
from booking.models import Appointment
from foundation.formats import money
from notifications.deliveries.services import notify
from notifications.preferences.queries import recipient_for_patient

log = logging.getLogger(__name__)


def settle_cancellation(*, appointment_id: int) -> None:
    """booking.appointment_cancelled: what the terms promised goes back."""
    appointment = Appointment.objects.filter(pk=appointment_id).first()
    if appointment is None:
        log.info("appointment %s is gone", appointment_id)
        return
    services.settle_cancellation(appointment=appointment, at=timezone.now())


def settle_missed() -> None:
    """Each hour: what the terms leave of missed visits goes back, a day after them."""
    at = timezone.now()
    for payment in missed_payments(at=at):
        services.settle_missed(payment=payment, at=at)


def send_refund(*, refund_id: int) -> None:
    """Ask the provider for a refund, or how it stands.

    Safe to run again after dying anywhere: the provider is asked first whether it
    already has a refund that bears our id, and then with our row's key.
    """
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None or refund.status == Refund.Status.FAILED:
        log.info("refund %s has nothing to send", refund_id)
        return
    try:
        result = _known_at_provider(refund) or _ask(refund)
    except GatewayUnavailable as error:
        log.warning("refund %s waits for the provider: %s", refund_id, error.code)
        if error.is_final:
            services.renew_key(refund=refund)
        return
    except GatewayRefused as error:
        services.refuse_refund(refund=refund, error=error.code)
        return
    services.settle_refund(refund=refund, result=result, at=timezone.now())


def send_notice(*, payment_id: int, refund_id: int) -> None:
    """billing.payment_refunded: tell the patient, once.

    Money that could not be kept was explained when it came: that says enough.
    """
    refund = (
        Refund.objects.select_related(
            "payment__appointment__location",
            "payment__appointment__doctor",
            "payment__patient__user",
        )
        .filter(pk=refund_id)
        .first()
    )
    if refund is None or refund.payment.returned:
        return
    payment = refund.payment
    notify(
        event="payment_refunded",
        recipient=recipient_for_patient(payment.patient),
        context={
            **visit_words(payment.appointment),
            "amount": money(refund.amount, payment.currency, exact=True),
            "reason": refund.reason,
        },
        dedupe_key=f"payment_refunded:{refund.pk}",
        link=visit_link(payment.appointment),
        at=timezone.now(),
    )


def _known_at_provider(refund: Refund) -> RefundResult | None:
    """The provider's refund that is ours, made by an earlier run of this job."""
    if refund.provider_id:
        return gateway().find_refund(refund.provider_id)
    ours = str(refund.public_id)
    return next(
        (
            result
            for result in gateway().refunds_of(refund.payment.intent_id)
            if result.metadata.get("refund") == ours
            # A failed one is what we are trying again.
            and result.status is not RefundStatus.FAILED
        ),
        None,
    )


def _ask(refund: Refund) -> RefundResult:
    return gateway().refund(
        RefundRequest(
            idempotency_key=refund.provider_key,
            intent_id=refund.payment.intent_id,
            amount=refund.amount,
            currency=refund.payment.currency,
            metadata={
                "payment": str(refund.payment.public_id),
                "refund": str(refund.public_id),
            },
        )
    )
