"""Whose record may not be used?"""

from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.patients.models import Patient
from accounts.restrictions.models import Restriction
from accounts.restrictions.permissions import visible_to


def restricted_patients(at: datetime) -> QuerySet[Any]:
    """Keys of the patients whose record is closed at `at`, for `patient__in`."""
    return Restriction.objects.in_force(at).values("patient_id")


def is_restricted(patient: Patient, *, at: datetime) -> bool:
    """Whether the record is closed at `at`. One query."""
    return Restriction.objects.in_force(at).filter(patient=patient).exists()


def restrictions_of(patient: Patient) -> QuerySet[Restriction]:
    """All that was ever asked or placed, the newest first."""
    rows = Restriction.objects.filter(patient=patient)
    return rows.select_related("decided_by").order_by("-pk")


def work_of(user: Any) -> QuerySet[Restriction]:
    """What medical administration sees: what waits first, then what stands."""
    rank = Case(
        When(status=Restriction.Status.ASKED, then=Value(0)),
        When(status=Restriction.Status.STANDING, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = visible_to(user).select_related("patient", "decided_by", "lifted_by")
    return rows.order_by(rank, "asked_at", "pk")
