"""Dead letters are billing's business."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from billing.payments.permissions import can_manage_ledger
from billing.settlements.models import ProviderEvent
from foundation.permissions import predicate


@predicate("billing.view_event")
def can_view(user: Any, event: ProviderEvent) -> bool:
    """Those who manage the payment that the event names."""
    return can_manage_ledger(user, event.payment)


def visible_to(user: Any) -> QuerySet[ProviderEvent]:
    """The events that `user` may see; the list form of `can_view`."""
    if not has_role(user, Role.BILLING):
        return ProviderEvent.objects.none()
    places = places_of(user, Role.BILLING)
    if places is None:
        return ProviderEvent.objects.all()
    return ProviderEvent.objects.filter(
        Q(payment=None) | Q(payment__appointment__location__place__in=places)
    )
