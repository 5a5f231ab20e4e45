"""Who may read the access log beyond their own acts. The roles are those of the roof:
the log itself lies below and knows no roles."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from audit.entries.models import CLINICAL, Category, Entry
from foundation.permissions import predicate

REPORT_ROLES = (Role.MEDICAL_ADMIN, Role.BILLING, Role.ADMIN)


@predicate("portal.view_access_reports")
def can_open(user: Any, subject: object) -> bool:
    """Medical administration, billing, administrators."""
    return has_role(user, *REPORT_ROLES)


@predicate("portal.view_report_entry")
def can_view(user: Any, entry: Entry) -> bool:
    """Medical administration and administrators all; billing what is about money."""
    if has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN):
        return True
    return has_role(user, Role.BILLING) and Category.PAYMENTS in entry.categories


@predicate("portal.view_report_patients")
def can_see_patients(user: Any, subject: object) -> bool:
    """Names of patients: administrators manage people, not charts, and see numbers."""
    return has_role(user, Role.MEDICAL_ADMIN, Role.BILLING)


def visible_to(user: Any) -> QuerySet[Entry]:
    """The entries that `user` may see in reports; the list form of `can_view`."""
    if has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN):
        return Entry.objects.all()
    if has_role(user, Role.BILLING):
        return Entry.objects.filter(Q(category__contains=Category.PAYMENTS))
    return Entry.objects.none()


def hidden_categories(user: Any) -> frozenset[str]:
    """Categories whose names stay out of what `user` reads."""
    if has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN):
        return frozenset()
    return frozenset(CLINICAL)
