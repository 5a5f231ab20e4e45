"""Who may see what is offered. Prices and lengths are public; see clinic.staff for who
changes them."""

from typing import Any

from django.db.models import QuerySet

from clinic.visit_types.models import VisitType


def visible_to(user: Any) -> QuerySet[VisitType]:
    """All that are offered; those who manage the clinic also see the others."""
    if user.has_perm("clinic.manage_clinic"):
        return VisitType.objects.all()
    return VisitType.objects.filter(is_active=True)
