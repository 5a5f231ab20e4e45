"""What goes back, and what is stuck."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum

from billing.payments.models import Payment
from billing.refunds.models import COUNTED, Refund

# How long after a missed visit its money is still looked for: long after the worker
# could have been down.
LOOKED_BACK = timedelta(days=60)


def refundable(payment: Payment) -> Decimal:
    """What of a payment has not gone back and is not on its way. Never below zero."""
    if payment.received is None:
        return Decimal("0.00")
    counted = payment.refunds.filter(status__in=COUNTED)
    back: Decimal = counted.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
    return max(payment.received - back, Decimal("0.00"))


def missed_payments(*, at: datetime) -> QuerySet[Payment]:
    """Payments of visits that nobody came to and of which something is due back. Not
    before a day has passed: somebody may have come late, or been marked by mistake."""
    known = Refund.objects.filter(
        payment=OuterRef("pk"), dedupe_key__startswith="missed-"
    )
    return Payment.objects.filter(
        ~Exists(known),
        status=Payment.Status.SUCCEEDED,
        appointment__status="MISSED",
        appointment__refund_due__gt=0,
        appointment__starts_at__gt=at - LOOKED_BACK,
        appointment__starts_at__lte=at - timedelta(days=1),
    ).order_by("pk")


def unsent(before: datetime) -> QuerySet[Refund]:
    """Refunds that the provider should have had by `before`, oldest first."""
    return Refund.objects.filter(
        status=Refund.Status.PENDING, provider_id="", updated_at__lte=before
    ).order_by("created_at")


def underway(before: datetime) -> QuerySet[Refund]:
    """Refunds that the provider took on before `before` and has not finished."""
    return (
        Refund.objects.filter(status=Refund.Status.PENDING, updated_at__lte=before)
        .exclude(provider_id="")
        .order_by("created_at")
    )
