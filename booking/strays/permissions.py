"""Who looks after visits outside the hours."""

from typing import Any

from accounts.patients.permissions import TREATING_ROLES
from accounts.users.permissions import has_role
from booking.appointments.permissions import DESK_ROLES
from foundation.permissions import predicate


@predicate("booking.view_strays")
def can_view_strays(user: Any, subject: object) -> bool:
    """The page of them. What can be done with each, `booking.move_appointment` says of
    the visit."""
    return has_role(user, *DESK_ROLES, *TREATING_ROLES)
