"""Who is of which specialty?"""

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from clinic.specialties.models import Specialty


def _here(today: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}left_date": None}) | Q(**{f"{prefix}left_date__gt": today})


def holders(specialty: Specialty, *, today: date) -> QuerySet[Any]:
    """The doctors of the specialty who have not left, by name; those who are yet to
    come count."""
    rows = specialty.doctors.filter(_here(today))
    return rows.order_by("last_name", "first_name", "pk")


def with_holders(*, today: date) -> QuerySet[Any]:
    """Every specialty with `held_by`, how many doctors have it: open ones first, by the
    word that patients use."""
    count = Count("doctors", filter=_here(today, "doctors__"))
    rows = Specialty.objects.annotate(held_by=count)
    return rows.order_by("-is_active", "plain_name", "pk")
