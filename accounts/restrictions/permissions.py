"""Who asks for a restriction, who decides about it and who sees that there is one.

What it closes is asked of `accounts.patients.permissions`: `treats` and `treated_by`.
"""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import is_own
from accounts.restrictions.models import Restriction
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.ask_restriction")
def can_ask(user: Any, subject: object) -> bool:
    """Patients, for their own record."""
    return has_role(user, Role.PATIENT)


@predicate("accounts.manage_restrictions")
def can_manage(user: Any, subject: object) -> bool:
    """Medical administration; which of them is `decide_restriction`."""
    return has_role(user, Role.MEDICAL_ADMIN)


@predicate("accounts.view_restriction")
def can_view(user: Any, restriction: Restriction) -> bool:
    """The patient and medical administration. Others learn that there is one, and not
    why."""
    return is_own(user, restriction.patient) or can_manage(user, None)


def visible_to(user: Any) -> QuerySet[Restriction]:
    """The restrictions that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Restriction.objects.none()
    if can_manage(user, None):
        return Restriction.objects.all()
    return Restriction.objects.filter(Q(patient__user=user))


@predicate("accounts.decide_restriction")
def can_decide(user: Any, restriction: Restriction) -> bool:
    """Medical administration, nobody about their own record."""
    return can_manage(user, None) and not is_own(user, restriction.patient)
