"""Of whom may nothing be destroyed?"""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import Patient
from portal.legal_holds.models import LegalHold


def held_patients(on: date) -> QuerySet[Any]:
    """Keys of the patients of whom nothing may be destroyed."""
    return LegalHold.objects.active(on).values("patient_id")


def is_held(patient: Patient | None, on: date) -> bool:
    """Whether a legal hold stands on this patient."""
    return (
        patient is not None
        and LegalHold.objects.active(on).filter(patient=patient).exists()
    )
