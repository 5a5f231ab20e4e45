"""Who may change what the clinic is."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("clinic.manage_clinic")
def can_manage(user: Any, subject: object) -> bool:
    """Visit types, prices, policies, rooms and places."""
    return has_role(user, Role.ADMIN, Role.MEDICAL_ADMIN)
