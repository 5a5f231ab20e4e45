"""Who decides which applications there are."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.manage_applications")
def can_manage(user: Any, subject: object) -> bool:
    """Administrators. What an application may do in whose name, its users decide."""
    return has_role(user, Role.ADMIN)
