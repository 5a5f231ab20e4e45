"""Letting people in, and out again."""

from datetime import datetime

from django.db import transaction

from accounts.models import Place, RoleAssignment, User
from accounts.users.models import Role
from accounts.users.services import assign_role, deactivate_user, remove_role
from audit.services import record
from clinic.staff.permissions import KNOWN_AS_STAFF, assignable_by
from foundation.errors import Refused
from foundation.events import publish


class NotYourself(Refused):
    sentence = "Nobody changes their own roles. Ask another administrator."


class NotYours(Refused):
    sentence = "An administrator gives and takes this role."


class LastAdministrator(Refused):
    sentence = (
        "This is the last administrator. Make somebody else one first, or nobody "
        "could manage people."
    )


@transaction.atomic
def invite_staff(
    *,
    actor: User,
    email: str,
    first_name: str,
    last_name: str,
    role: str,
    place: Place | None,
    at: datetime,
) -> User:
    """Give somebody a role, making their account where there is none yet.

    The account has no password: the first sign-in is by a code to the address.
    Publishes accounts.staff_invited. Raises NotYourself and NotYours.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user == actor:
        raise NotYourself
    if user is None:
        user = User.objects.create_user(
            email, first_name=first_name, last_name=last_name
        )
        record(actor=actor, verb="user.invited", subject=user)
    give_role(actor=actor, user=user, role=role, place=place)
    publish("accounts.staff_invited", user_id=user.pk)
    return user


def give_role(*, actor: User, user: User, role: str, place: Place | None) -> None:
    """Add a role of somebody who works here. Raises NotYourself and NotYours."""
    if user == actor:
        raise NotYourself
    if role not in assignable_by(actor):
        raise NotYours
    assign_role(actor=actor, user=user, role=role, place=place)


@transaction.atomic
def take_role(*, actor: User, assignment: RoleAssignment) -> None:
    """Take a role away. Raises NotYourself, NotYours and LastAdministrator."""
    if assignment.user == actor:
        raise NotYourself
    if assignment.role not in assignable_by(actor):
        raise NotYours
    if assignment.role == Role.ADMIN:
        _refuse_without_administrator(besides=assignment.user)
    remove_role(
        actor=actor,
        user=assignment.user,
        role=assignment.role,
        place=assignment.place,
    )


@transaction.atomic
def end_access(*, actor: User, user: User, at: datetime) -> None:
    """Close somebody's account and take their roles. Raises NotYourself and
    LastAdministrator."""
    if user == actor:
        raise NotYourself
    if RoleAssignment.objects.filter(user=user, role=Role.ADMIN).exists():
        _refuse_without_administrator(besides=user)
    for assignment in RoleAssignment.objects.filter(user=user, role__in=KNOWN_AS_STAFF):
        remove_role(
            actor=actor,
            user=user,
            role=assignment.role,
            place=assignment.place,
        )
    deactivate_user(actor=actor, user=user, at=at)


def _refuse_without_administrator(*, besides: User) -> None:
    # Locked, so that two administrators cannot remove each other at the same moment.
    others = (
        RoleAssignment.objects.select_for_update(of=("self",))
        .filter(role=Role.ADMIN, user__is_active=True)
        .order_by("pk")
    )
    if {row.user_id for row in others} <= {besides.pk}:
        raise LastAdministrator
