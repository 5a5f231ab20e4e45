"""Whose feed somebody looks after: their own."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("booking.have_own_feed")
def can_have_own_feed(user: Any, subject: object) -> bool:
    """Patients, of their own visits alone: who acts for somebody sees those in the
    portal, and not after it has ended."""
    return has_role(user, Role.PATIENT)
