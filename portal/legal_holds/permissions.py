"""Who may see to it that nothing of a patient is destroyed."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from portal.legal_holds.models import LegalHold


@predicate("portal.manage_holds")
def can_manage(user: Any, subject: object) -> bool:
    """Medical administration."""
    return has_role(user, Role.MEDICAL_ADMIN)


@predicate("portal.view_hold")
def can_view(user: Any, hold: LegalHold) -> bool:
    """Medical administration; of why there is one the patient learns from them."""
    return can_manage(user, hold)


def visible_to(user: Any) -> QuerySet[LegalHold]:
    """The holds that `user` may see; the list form of `can_view`."""
    return (
        LegalHold.objects.all() if can_manage(user, None) else LegalHold.objects.none()
    )
