"""Who works here?"""

from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import RoleAssignment, User
from clinic.identity.queries import current
from clinic.staff.permissions import KNOWN_AS_STAFF
from foundation.formats import local


def staff(*, search: str = "", role: str = "") -> QuerySet[User]:
    """Everybody with a role here, by name, each with `staff_roles`."""
    roles = RoleAssignment.objects.filter(role__in=KNOWN_AS_STAFF)
    people = User.objects.filter(pk__in=roles.values("user_id"))
    if role:
        people = people.filter(pk__in=roles.filter(role=role).values("user_id"))
    if search:
        people = people.filter(
            Q(first_name__icontains=search)
            | Q(last_name__icontains=search)
            | Q(email__icontains=search)
        )
    assignments = roles.select_related("place").order_by("role", "pk")
    return people.prefetch_related(
        Prefetch("role_assignments", queryset=assignments, to_attr="staff_roles")
    ).order_by("last_name", "first_name", "pk")


def gone(*, at: datetime) -> QuerySet[User]:
    """Those whose last day is over and who still have a role here or a sign-in."""
    left = User.objects.filter(access_ends_at__lte=at)
    at_work = RoleAssignment.objects.filter(role__in=KNOWN_AS_STAFF)
    return left.filter(Q(pk__in=at_work.values("user_id")) | Q(is_active=True))


def leaves_date(user: User) -> date | None:
    """The first day on which they are no longer here, in the clinic's zone."""
    if user.access_ends_at is None:
        return None
    return local(user.access_ends_at, current().time_zone).date()
