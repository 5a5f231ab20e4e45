"""Who may read who has seen a record."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("portal.view_own_access")
def can_open(user: Any, subject: object) -> bool:
    """Patients, of their own record."""
    return has_role(user, Role.PATIENT)
