"""Who may see refunds, and give money back."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from billing.payments import permissions as payments
from billing.payments.models import Payment
from billing.refunds.models import Refund
from foundation.permissions import predicate


@predicate("billing.view_refund")
def can_view(user: Any, refund: Refund) -> bool:
    """Whoever may see the payment."""
    return payments.can_view(user, refund.payment)


def visible_to(user: Any) -> QuerySet[Refund]:
    """The refunds that `user` may see; the list form of `can_view`."""
    return Refund.objects.filter(payment__in=payments.visible_to(user))


@predicate("billing.refund_payment")
def can_refund(user: Any, payment: Payment) -> bool:
    """Billing gives money back beyond what the rules do by themselves."""
    place_id = payment.appointment.location.place_id
    return has_role(user, Role.BILLING, place_id=place_id)
