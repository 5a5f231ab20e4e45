"""Who may change what the clinic is, and who lets whom work here."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import RoleAssignment, User
from accounts.users.models import CARE_ROLES, EDITORIAL_ROLES, Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate

# Patients are no staff: their role is given by joining, not by an administrator.
ASSIGNABLE = tuple(role for role in Role if role != Role.PATIENT)
KNOWN_AS_STAFF = CARE_ROLES | EDITORIAL_ROLES | {Role.ADMIN}
# What medical administration gives and takes by itself.
CLINICAL = (Role.DOCTOR, Role.NURSE, Role.CLINICAL_REVIEWER)


@predicate("clinic.manage_clinic")
def can_manage(user: Any, subject: object) -> bool:
    """Visit types, prices, policies, rooms and places."""
    return has_role(user, Role.ADMIN, Role.MEDICAL_ADMIN)


@predicate("clinic.manage_staff")
def can_manage_staff(user: Any, subject: object) -> bool:
    """People's roles, as far as `assignable_by` goes; nobody's own."""
    return has_role(user, Role.ADMIN, Role.MEDICAL_ADMIN) and subject != user


def assignable_by(user: Any) -> tuple[Role, ...]:
    """The roles that `user` gives to others and takes from them."""
    if has_role(user, Role.ADMIN):
        return ASSIGNABLE
    return CLINICAL if has_role(user, Role.MEDICAL_ADMIN) else ()


def visible_to(user: Any) -> QuerySet[User]:
    """The people whose roles `user` may see: everybody for administrators, who works
    here for medical administration."""
    if has_role(user, Role.ADMIN):
        return User.objects.all()
    if not has_role(user, Role.MEDICAL_ADMIN):
        return User.objects.none()
    at_work = RoleAssignment.objects.filter(role__in=KNOWN_AS_STAFF)
    return User.objects.filter(pk__in=at_work.values("user_id"))
