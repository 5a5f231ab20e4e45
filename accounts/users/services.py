"""Changing people and their roles."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.users.models import CMS_ROLES, Place, Role, RoleAssignment, User
from audit.services import record


@transaction.atomic
def assign_role(
    *, actor: User | None, user: User, role: str, place: Place | None = None
) -> RoleAssignment:
    """Give `user` a role at one place, or everywhere. Giving it again is the same.

    A role that opens the CMS also puts the user into the group of that name, which is
    where the CMS looks.
    """
    assignment, created = RoleAssignment.objects.get_or_create(
        user=user, role=role, place=place
    )
    if role in CMS_ROLES:
        user.groups.add(Group.objects.get_or_create(name=Role(role).label)[0])
    if created:
        record(
            actor=actor, verb="role.assigned", subject=user, detail={"role": str(role)}
        )
    return assignment


@transaction.atomic
def remove_role(
    *, actor: User | None, user: User, role: str, place: Place | None = None
) -> None:
    """Take a role away. Taking away what is not there changes nothing."""
    deleted, _ = RoleAssignment.objects.filter(
        user=user, role=role, place=place
    ).delete()
    if (
        role in CMS_ROLES
        and not RoleAssignment.objects.filter(user=user, role=role).exists()
    ):
        user.groups.remove(*Group.objects.filter(name=Role(role).label))
    if deleted:
        record(
            actor=actor, verb="role.removed", subject=user, detail={"role": str(role)}
        )


@transaction.atomic
def deactivate_user(*, actor: User, user: User, at: datetime) -> None:
    """End a user's sign-in. What they did stays."""
    user.is_active = False
    user.save(update_fields=["is_active", "updated_at"])
    record(actor=actor, verb="user.deactivated", subject=user)
