"""Who sees how rooms and equipment are used."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from booking.appointments.permissions import DESK_ROLES
from foundation.permissions import predicate


@predicate("booking.view_occupancy")
def can_view_occupancy(user: Any, subject: object) -> bool:
    """The page of rooms and equipment, and saying that one is out of order; each only
    where they work at the desk."""
    return has_role(user, *DESK_ROLES)


@predicate("booking.view_oversight")
def can_view_oversight(user: Any, subject: object) -> bool:
    """How all locations do today, in numbers and without names."""
    return has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN)
