"""Letting people in, and out again."""

from datetime import date, datetime, time

from django.db import transaction

from accounts.models import Place, RoleAssignment, User
from accounts.users.models import TWO_PERSON_ROLES, Role
from accounts.users.services import (
    assign_role,
    deactivate_user,
    end_access_at,
    reinstate_user,
    remove_role,
    suspend_user,
)
from audit.services import record
from clinic.doctors.models import Doctor
from clinic.doctors.services import set_left_date
from clinic.grants.models import Grant
from clinic.grants.services import ask_grant
from clinic.identity.queries import current
from clinic.staff.permissions import KNOWN_AS_STAFF, assignable_by
from foundation.errors import Refused
from foundation.events import publish
from foundation.formats import as_zone


class NotYourself(Refused):
    sentence = "Nobody changes their own roles. Ask another administrator."


class NotYours(Refused):
    sentence = "An administrator gives and takes this role."


class LastAdministrator(Refused):
    sentence = (
        "This is the last administrator. Make somebody else one first, or nobody "
        "could manage people."
    )


class Left(Refused):
    sentence = "Their last day here is over. Change the leaving date first."


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
    Publishes accounts.staff_invited. Raises what `give_role` raises.
    """
    user = User.objects.filter(email__iexact=email).first()
    if user == actor:
        raise NotYourself
    if user is None:
        user = User.objects.create_user(
            email, first_name=first_name, last_name=last_name
        )
        record(actor=actor, verb="user.invited", subject=user)
    give_role(actor=actor, user=user, role=role, place=place, at=at)
    publish("accounts.staff_invited", user_id=user.pk)
    return user


@transaction.atomic
def give_role(
    *, actor: User, user: User, role: str, place: Place | None, at: datetime
) -> Grant | None:
    """Add a role of somebody who works here, or ask a second administrator to agree.

    Returns what waits for that second person; None when the role is given. Raises
    NotYourself, NotYours and Left.
    """
    if user == actor:
        raise NotYourself
    if role not in assignable_by(actor):
        raise NotYours
    if user.access_ends_at is not None and user.access_ends_at <= at:
        raise Left
    if role in TWO_PERSON_ROLES:
        return ask_grant(actor=actor, user=user, role=role, place=place, at=at)
    assign_role(actor=actor, user=user, role=role, place=place)
    return None


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
    _take_all_roles(actor, user)
    deactivate_user(actor=actor, user=user, at=at)


@transaction.atomic
def suspend(*, actor: User, user: User, at: datetime) -> None:
    """Switch somebody's sign-in off for a while, at once everywhere. Raises NotYourself
    and LastAdministrator."""
    if user == actor:
        raise NotYourself
    if RoleAssignment.objects.filter(user=user, role=Role.ADMIN).exists():
        _refuse_without_administrator(besides=user)
    suspend_user(actor=actor, user=user, at=at)


@transaction.atomic
def reinstate(*, actor: User, user: User) -> None:
    """Switch it on again. Raises NotYourself."""
    if user == actor:
        raise NotYourself
    reinstate_user(actor=actor, user=user)


@transaction.atomic
def set_leaving_date(*, actor: User, user: User, leaves_date: date | None) -> None:
    """From the beginning of `leaves_date` in the clinic's zone, the first day no longer
    here, none of their roles counts; a doctor's times end with it. None takes it back.

    Raises NotYourself and LastAdministrator.
    """
    if user == actor:
        raise NotYourself
    is_admin = RoleAssignment.objects.filter(user=user, role=Role.ADMIN).exists()
    if leaves_date is not None and is_admin:
        _refuse_without_administrator(besides=user)
    ends_at = None
    if leaves_date is not None:
        zone = as_zone(current().time_zone)
        ends_at = datetime.combine(leaves_date, time(), tzinfo=zone)
    end_access_at(actor=actor, user=user, ends_at=ends_at)
    doctor = Doctor.objects.filter(user=user).first()
    if doctor is not None:
        set_left_date(actor=actor, doctor=doctor, left_date=leaves_date)


@transaction.atomic
def let_go(*, user: User, at: datetime) -> None:
    """Take the roles of somebody whose last day is over. Who is a patient here stays
    one; everybody else's account is closed. Raises LastAdministrator."""
    _take_all_roles(None, user)
    if not RoleAssignment.objects.filter(user=user).exists():
        deactivate_user(actor=None, user=user, at=at)
    else:
        end_access_at(actor=None, user=user, ends_at=None)


def _take_all_roles(actor: User | None, user: User) -> None:
    if RoleAssignment.objects.filter(user=user, role=Role.ADMIN).exists():
        _refuse_without_administrator(besides=user)
    for assignment in RoleAssignment.objects.filter(user=user, role__in=KNOWN_AS_STAFF):
        remove_role(
            actor=actor,
            user=user,
            role=assignment.role,
            place=assignment.place,
        )


def _refuse_without_administrator(*, besides: User) -> None:
    # Locked, so that two administrators cannot remove each other at the same moment.
    others = (
        RoleAssignment.objects.select_for_update(of=("self",))
        .filter(role=Role.ADMIN, user__is_active=True, user__access_ends_at=None)
        .order_by("pk")
    )
    if {row.user_id for row in others} <= {besides.pk}:
        raise LastAdministrator
