"""Changing people and their roles."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.sessions.models import Ended
from accounts.sessions.services import end_sessions
from accounts.users.models import (
    CMS_ROLES,
    TWO_PERSON_ROLES,
    Place,
    Role,
    RoleAssignment,
    User,
)
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish


class OwnRole(Refused):
    sentence = "Nobody gives roles to themselves."


class NeedsSecond(Refused):
    sentence = "A second administrator has to agree to this role."


@transaction.atomic
def assign_role(
    *,
    actor: User | None,
    user: User,
    role: str,
    place: Place | None = None,
    seconded_by: User | None = None,
) -> RoleAssignment:
    """Give `user` a role at one place, or everywhere. Giving it again is the same.

    Ends the user's sessions. A role that opens the CMS also puts the user into the
    group of that name, which is where the CMS looks. Whoever may run commands on the
    server (`actor` None) gives any role. Raises OwnRole for oneself, but for becoming a
    patient, and NeedsSecond for a role of TWO_PERSON_ROLES that `seconded_by`, a third
    person, has not agreed to.
    """
    if actor is not None and role != Role.PATIENT:
        if actor == user:
            raise OwnRole
        if role in TWO_PERSON_ROLES and seconded_by in (None, actor, user):
            raise NeedsSecond
    assignment, created = RoleAssignment.objects.get_or_create(
        user=user, role=role, place=place
    )
    if role in CMS_ROLES:
        user.groups.add(Group.objects.get_or_create(name=Role(role).label)[0])
    if created:
        # What `roles_of` remembers for the length of a request is out of date.
        user.__dict__.pop("_roles", None)
        record(
            actor=actor, verb="role.assigned", subject=user, detail={"role": str(role)}
        )
        _end_for_roles(actor, user)
    return assignment


@transaction.atomic
def remove_role(
    *, actor: User | None, user: User, role: str, place: Place | None = None
) -> None:
    """Take a role away and end the user's sessions. Taking away what is not there
    changes nothing."""
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
        _end_for_roles(actor, user)


def _end_for_roles(actor: User | None, user: User) -> None:
    """Pages that are open show, and sessions last, what the old roles allowed. Who has
    just joined and becomes a patient stays signed in."""
    if actor != user:
        end_sessions(user=user, because=Ended.ROLES, actor=actor)


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
def deactivate_user(*, actor: User | None, user: User, at: datetime) -> None:
    """End a user's sign-in for good, whatever was before, everywhere at once. What they
    did stays."""
    user.is_active = False
    user.suspended_at = None
    user.save(update_fields=["is_active", "suspended_at", "updated_at"])
    record(actor=actor, verb="user.deactivated", subject=user)
    end_sessions(user=user, because=Ended.SUSPENDED, actor=actor)


@transaction.atomic
def suspend_user(*, actor: User, user: User, at: datetime) -> None:
    """Switch a sign-in off, with every session, until `reinstate_user`. The roles stay
    and count for nothing meanwhile. Of who is switched off already nothing changes."""
    if not user.is_active:
        return
    deactivate_user(actor=actor, user=user, at=at)
    user.suspended_at = at
    user.save(update_fields=["suspended_at", "updated_at"])


@transaction.atomic
def reinstate_user(*, actor: User, user: User) -> None:
    """Switch a suspended sign-in on again. A closed account stays closed. A session
    that was begun at the very moment of the suspension does not come alive with it."""
    if user.suspended_at is None:
        return
    user.suspended_at = None
    user.is_active = True
    user.save(update_fields=["suspended_at", "is_active", "updated_at"])
    record(actor=actor, verb="user.reinstated", subject=user)
    end_sessions(user=user, because=Ended.SUSPENDED, actor=actor)


@transaction.atomic
def end_access_at(*, actor: User | None, user: User, ends_at: datetime | None) -> None:
    """From `ends_at` on none of the user's roles counts; None takes that back."""
    user.access_ends_at = ends_at
    user.save(update_fields=["access_ends_at", "updated_at"])
    record(
        actor=actor,
        verb="user.access_end_set",
        subject=user,
        detail={"ends_at": ends_at.isoformat() if ends_at else None},
    )
