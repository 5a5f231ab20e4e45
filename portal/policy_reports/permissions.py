"""Who may read what browsers report."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("portal.view_policy_reports")
def can_view(user: Any, subject: object) -> bool:
    """Administrators: it is about the program, not about people."""
    return has_role(user, Role.ADMIN)
