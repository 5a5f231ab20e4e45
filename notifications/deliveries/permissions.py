"""Who may see messages and their failures."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import acted_on_by, acts_on
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from notifications.deliveries.models import Delivery


@predicate("notifications.view_delivery")
def can_view(user: Any, delivery: Delivery) -> bool:
    """Whom it is for, who acts for them, and the desk."""
    return (
        delivery.user_id == user.pk
        or has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)
        or acts_on(user, delivery.patient, Scope.MESSAGES)
    )


def visible_to(user: Any) -> QuerySet[Delivery]:
    """The messages that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Delivery.objects.none()
    if has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN):
        return Delivery.objects.all()
    own = acted_on_by(user, Scope.MESSAGES)
    return Delivery.objects.filter(Q(user=user) | Q(patient__in=own))


@predicate("notifications.settle_failure")
def can_settle(user: Any, subject: object) -> bool:
    """The desk follows up what could not be delivered."""
    return has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)
