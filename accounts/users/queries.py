"""Who is signed in, and where they belong."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.users.models import STAFF_ROLES, Role, User
from accounts.users.permissions import has_role
from foundation.sql import columns, fetch, take_row

# Where each role starts work; of several roles the first in this list decides.
STARTS = {
    Role.DOCTOR: "/clinic/",
    Role.NURSE: "/clinic/",
    Role.RECEPTIONIST: "/clinic/desk/",
    Role.MEDICAL_ADMIN: "/clinic/desk/",
    Role.BILLING: "/clinic/payments/",
    Role.ADMIN: "/clinic/settings/",
    Role.PUBLISHER: "/cms/",
    Role.CLINICAL_REVIEWER: "/cms/",
    Role.AUTHOR: "/cms/",
}
PORTAL = "/portal/"
# With every request of whoever is signed in: kept prepared.
_BY_KEY = f"""
SELECT {columns(User, "u")} FROM accounts_user u WHERE u.id = %(key)s
"""  # noqa: S608 names of columns  # nosec B608


def user_by_key(key: int) -> User | None:
    """The account with this primary key, open or closed."""
    rows = fetch(_BY_KEY, {"key": key})
    return take_row(User, iter(rows[0])) if rows else None


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page behind sign-in. Raises PermissionDenied for visitors."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def landing_path(user: Any) -> str:
    """Where `user` goes after signing in, when nothing else was asked for."""
    return next((path for role, path in STARTS.items() if has_role(user, role)), PORTAL)


def layout_for(user: Any) -> str:
    """The template around pages that patients and staff share."""
    at_work = has_role(user, *STAFF_ROLES)
    return "layouts/clinic.html" if at_work else "layouts/portal.html"
