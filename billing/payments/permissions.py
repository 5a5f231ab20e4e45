"""Who may see and move money."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from billing.payments.models import Payment
from foundation.permissions import predicate


@predicate("billing.view_payment")
def can_view(user: Any, payment: Payment) -> bool:
    """The patient who pays, billing, and the desk."""
    if payment.patient.user_id is not None and payment.patient.user_id == user.pk:
        return True
    return has_role(user, Role.BILLING, Role.RECEPTIONIST)


def visible_to(user: Any) -> QuerySet[Payment]:
    """The payments that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Payment.objects.none()
    if has_role(user, Role.BILLING, Role.RECEPTIONIST):
        return Payment.objects.all()
    return Payment.objects.filter(Q(patient__user=user))


@predicate("billing.refund_payment")
def can_refund(user: Any, payment: Payment) -> bool:
    """Billing gives money back beyond what the policy does by itself."""
    return has_role(user, Role.BILLING)
