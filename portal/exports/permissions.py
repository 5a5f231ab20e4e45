"""Who may have a copy of everything: the person it is about, and nobody else."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from portal.exports.models import Export


@predicate("portal.ask_export")
def can_ask(user: Any, subject: object) -> bool:
    """Patients, for themselves."""
    return has_role(user, Role.PATIENT)


@predicate("portal.view_export")
def can_view(user: Any, export: Export) -> bool:
    """Whose data it is."""
    return bool(user.is_active and export.user_id == user.pk)


def visible_to(user: Any) -> QuerySet[Export]:
    """The exports that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Export.objects.none()
    return Export.objects.filter(user=user)
