"""Who has which role, and who may manage people."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.users.models import (
    CMS_ROLES,
    STAFF_ROLES,
    Role,
    User,
)
from foundation.permissions import predicate
from foundation.sql import fetch

# With every request of whoever is signed in: kept prepared.
_ROLES = """
SELECT a.role, a.place_id FROM accounts_roleassignment a WHERE a.user_id = %(user)s
"""


def roles_of(user: Any) -> frozenset[tuple[str, int | None]]:
    """Pairs of role and place id (None: everywhere). One query, then remembered
    on the user object for the length of the request. Who has left has none."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    if user.access_ends_at is not None and user.access_ends_at <= timezone.now():
        return frozenset()
    if not hasattr(user, "_roles"):
        user._roles = frozenset(fetch(_ROLES, {"user": user.pk}))
    roles: frozenset[tuple[str, int | None]] = user._roles
    return roles


def has_role(user: Any, *roles: str, place_id: int | None = None) -> bool:
    """Whether `user` has one of `roles`; with `place_id`, there or everywhere."""
    return any(
        role in roles and (place_id is None or place is None or place == place_id)
        for role, place in roles_of(user)
    )


def places_of(user: Any, *roles: str) -> set[int] | None:
    """Ids of the places where `user` has one of `roles`. None: everywhere."""
    places = {place for role, place in roles_of(user) if role in roles}
    return None if None in places else {place for place in places if place is not None}


@predicate("accounts.work_here")
def can_work_here(user: Any, subject: object) -> bool:
    """Who has a place in the workspace; editors have theirs in the CMS."""
    return has_role(user, *STAFF_ROLES)


@predicate("wagtailadmin.access_admin")
def can_enter_cms(user: Any, subject: object) -> bool:
    """Editors and administrators, by their role; being a superuser is none.

    The site asks before it gives a ticket, and the CMS at every request. What else a
    person must prove to enter is asked on the site, by the door of
    `accounts.cms_access.views.enter`, and nowhere else.
    """
    return has_role(user, *CMS_ROLES)


@predicate("accounts.manage_users")
def can_manage_users(user: Any, subject: object) -> bool:
    """Administrators manage people, but not themselves."""
    return has_role(user, Role.ADMIN) and subject != user


@predicate("accounts.view_user")
def can_view_user(user: Any, other: User) -> bool:
    """Oneself, and everybody for administrators."""
    return other == user or has_role(user, Role.ADMIN)


def visible_to(user: Any) -> QuerySet[User]:
    """The users whom `user` may see."""
    if has_role(user, Role.ADMIN):
        return User.objects.all()
    return User.objects.filter(pk=user.pk)
