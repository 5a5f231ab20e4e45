"""Who works here?"""

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import RoleAssignment, User
from clinic.staff.permissions import KNOWN_AS_STAFF


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
