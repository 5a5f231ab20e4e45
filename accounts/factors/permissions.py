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


def has_factor(user: Any) -> bool:
    """Whether a second step is asked of `user`. Codes that we send are one for patients
    alone: of whoever works here they count for nothing, from the first such role on."""
    return user.has_second_factor or (
        user.has_code_factor and not must_have_factor(user)
    )


@predicate("accounts.use_code_factors")
def can_use_code_factors(user: Any, subject: object) -> bool:
    """Patients who neither work here nor edit."""
    return user.is_authenticated and not must_have_factor(user)


@predicate("accounts.remove_factors")
def can_remove_factors(user: Any, subject: object) -> bool:
    """Whoever need not have one may do without."""
    return user.is_authenticated and not must_have_factor(user)
