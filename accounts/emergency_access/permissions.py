"""Who may open a record in an emergency, and who looks at it afterwards."""

from typing import Any

from django.db.models import QuerySet

from accounts.emergency_access.models import EmergencyAccess
from accounts.patients.models import Patient
from accounts.users.models import STAFF_ROLES, Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.ask_emergency_access")
def can_ask(user: Any, patient: Patient | None) -> bool:
    """Whoever works here, for anybody but themselves."""
    own = patient is not None and patient.user_id == user.pk
    return has_role(user, *STAFF_ROLES) and not own


@predicate("accounts.view_emergency_access")
def can_view(user: Any, access: EmergencyAccess) -> bool:
    """Who asked for it, and medical administration. Patients have their own page."""
    return access.user_id == user.pk or has_role(user, Role.MEDICAL_ADMIN)


def visible_to(user: Any) -> QuerySet[EmergencyAccess]:
    """The accesses that `user` may see at work; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return EmergencyAccess.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return EmergencyAccess.objects.all()
    return EmergencyAccess.objects.filter(user=user)


@predicate("accounts.end_emergency_access")
def can_end(user: Any, access: EmergencyAccess) -> bool:
    """Who asked for it, and medical administration."""
    return can_view(user, access)


@predicate("accounts.review_emergency_access")
def can_review(user: Any, access: EmergencyAccess | None) -> bool:
    """Medical administration, but nobody their own."""
    own = access is not None and access.user_id == user.pk
    return has_role(user, Role.MEDICAL_ADMIN) and not own
