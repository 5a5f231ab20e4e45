"""Who must have a second factor, and who may do without."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import roles_of
from foundation.permissions import predicate


def must_have_factor(user: Any) -> bool:
    """Everybody with a role besides patient, and superusers."""
    if not getattr(user, "is_authenticated", False):
        return False
    return user.is_superuser or any(role != Role.PATIENT for role, _ in roles_of(user))


@predicate("accounts.remove_factors")
def can_remove_factors(user: Any, subject: object) -> bool:
    """Whoever need not have one may do without."""
    return user.is_authenticated and not must_have_factor(user)
