"""Who follows up a breach. As everywhere, administrators see numbers of patients and
medical administration their names (`portal.view_report_patients`)."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from portal.breaches.models import Breach

FOLLOWING = (Role.ADMIN, Role.MEDICAL_ADMIN)


@predicate("portal.manage_breaches")
def can_manage(user: Any, subject: object) -> bool:
    """Administrators and medical administration."""
    return has_role(user, *FOLLOWING)


@predicate("portal.view_breach")
def can_view(user: Any, breach: Breach) -> bool:
    """The same people."""
    return has_role(user, *FOLLOWING)


def visible_to(user: Any) -> QuerySet[Breach]:
    """The breaches that `user` may see; the list form of `can_view`."""
    if has_role(user, *FOLLOWING):
        return Breach.objects.all()
    return Breach.objects.none()
