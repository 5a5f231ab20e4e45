"""Changing people and their roles."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.cms_access.services import end_cms_sessions
from accounts.users.models import CMS_ROLES, Place, Role, RoleAssignment, User
from audit.services import record
from foundation.events import publish


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
        # What `roles_of` remembers for the length of a request is out of date.
        user.__dict__.pop("_roles", None)
        end_cms_sessions(user=user)
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
        end_cms_sessions(user=user)
        record(
            actor=actor, verb="role.removed", subject=user, detail={"role": str(role)}
        )


@transaction.atomic
def open_account(*, email: str) -> User | None:
    """The account with this address, made when there is none; None if it is closed.

    A new one has no password and proves nothing yet: who signs in types a code that
    was sent to the address, which makes them a patient (`join_user`).
    """
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email.lower())
        record(actor=None, verb="user.opened", subject=user)
    return user if user.is_active else None


@transaction.atomic
def join_user(*, user: User) -> bool:
    """Make somebody who has just proved their address a patient; whether that is new.

    Whoever has a role already, such as invited staff, stays what they are. Publishes
    accounts.user_joined.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if RoleAssignment.objects.filter(user=user).exists():
        return False
    assign_role(actor=user, user=user, role=Role.PATIENT)
    record(actor=user, verb="user.joined", subject=user)
    publish("accounts.user_joined", user_id=user.pk)
    return True


@transaction.atomic
def change_user(
    *,
    actor: User,
    user: User,
    first_name: str | None = None,
    last_name: str | None = None,
    time_zone: str | None = None,
) -> User:
    """Change what is given. `time_zone` is an IANA name, or "" for the clinic's."""
    given = {"first_name": first_name, "last_name": last_name, "time_zone": time_zone}
    fields = {name: value for name, value in given.items() if value is not None}
    changed = [name for name in fields if getattr(user, name) != fields[name]]
    for name in changed:
        setattr(user, name, fields[name])
    if changed:
        user.save(update_fields=[*changed, "updated_at"])
        record(
            actor=actor,
            verb="user.changed",
            subject=user,
            detail={"fields": ",".join(changed)},
        )
    return user


@transaction.atomic
def deactivate_user(*, actor: User, user: User, at: datetime) -> None:
    """End a user's sign-in. What they did stays."""
    user.is_active = False
    user.save(update_fields=["is_active", "updated_at"])
    end_cms_sessions(user=user)
    record(actor=actor, verb="user.deactivated", subject=user)
