"""Findings are billing's business."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from billing.payments.permissions import can_manage_ledger
from billing.reconciliation.models import Finding
from foundation.permissions import predicate


@predicate("billing.view_finding")
def can_view(user: Any, finding: Finding) -> bool:
    """Those who manage the payment; of a foreign charge, all who manage payments."""
    return can_manage_ledger(user, finding.payment)


def visible_to(user: Any) -> QuerySet[Finding]:
    """The findings that `user` may see; the list form of `can_view`."""
    if not has_role(user, Role.BILLING):
        return Finding.objects.none()
    places = places_of(user, Role.BILLING)
    if places is None:
        return Finding.objects.all()
    return Finding.objects.filter(
        Q(payment=None) | Q(payment__appointment__location__place__in=places)
    )
