"""What goes back, and what is stuck."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet, Sum

from billing.payments.models import Payment
from billing.refunds.models import COUNTED, Refund


def refundable(payment: Payment) -> Decimal:
    """What of a payment has not gone back and is not on its way. Never below zero."""
    if payment.received is None:
        return Decimal("0.00")
    counted = payment.refunds.filter(status__in=COUNTED)
    back: Decimal = counted.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
    return max(payment.received - back, Decimal("0.00"))


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
