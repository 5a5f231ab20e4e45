"""Who answers whether somebody becomes an administrator."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from clinic.grants.models import Grant
from foundation.permissions import predicate


@predicate("clinic.view_grant")
def can_view(user: Any, grant: Grant) -> bool:
    """Administrators."""
    return has_role(user, Role.ADMIN)


def visible_to(user: Any) -> QuerySet[Grant]:
    """The grants that `user` may see; the list form of `can_view`."""
    return Grant.objects.all() if has_role(user, Role.ADMIN) else Grant.objects.none()


@predicate("clinic.answer_grant")
def can_answer(user: Any, grant: Grant | None) -> bool:
    """An administrator who neither asked for it nor gets it."""
    if grant is not None and user.pk in (grant.asked_by_id, grant.user_id):
        return False
    return has_role(user, Role.ADMIN)
