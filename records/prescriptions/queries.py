"""Questions about prescriptions."""

import secrets
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.crypto import constant_time_compare

from accounts.patients.models import Patient
from records.prescriptions.models import Prescription
from records.prescriptions.permissions import visible_to

# Without letters and digits that are mistaken for each other on paper.
_CHECK_INDEX: Any = Prescription._meta.get_field("check_index")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_code(length: int) -> str:
    """Letters and digits that survive being read out."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def prescriptions_of(user: Any, patient: Patient) -> QuerySet[Prescription]:
    """The patient's prescriptions that `user` may see, the newest first."""
    return (
        visible_to(user)
        .filter(patient=patient)
        .select_related("doctor", "pdf", "replaces", "replaced_by")
        .prefetch_related("items")
        .order_by("-created_at", "-pk")
    )


def find_by_check_code(code: str) -> Prescription | None:
    """The signed prescription with this code; None for any other input.

    Spaces, hyphens and capitals do not matter.
    """
    clean = code.replace(" ", "").replace("-", "").upper()
    if len(clean) != 8:
        return None
    found = (
        Prescription.objects.exclude(status=Prescription.Status.DRAFT)
        .select_related("doctor")
        .filter(check_index=_CHECK_INDEX.value_for(clean))
        .first()
    )
    if found is None or not constant_time_compare(found.check_code, clean):
        return None
    return found


def is_valid(prescription: Prescription, *, on: date) -> bool:
    """Whether a pharmacist may dispense it on that day."""
    return (
        prescription.status == Prescription.Status.SIGNED
        and prescription.expires_date is not None
        and on <= prescription.expires_date
    )


def paper_title(prescription: Prescription) -> str:
    """What the paper is called; it says so when the prescription is not in force."""
    title = f"Prescription {prescription.number}"
    if prescription.status == Prescription.Status.SIGNED:
        return title
    return f"{title}, {prescription.get_status_display().lower()}"


def is_filed(prescription: Prescription) -> bool:
    """Whether the paper shows the prescription as it stands now."""
    pdf = prescription.pdf
    return pdf is not None and pdf.title == paper_title(prescription)


def unfiled(since: datetime) -> QuerySet[Prescription]:
    """Those whose last move is older than `since` and in no paper yet, oldest first."""
    is_old = Q(pdf=None) | Q(pdf__created_at__lt=F("updated_at"))
    moved = Prescription.objects.exclude(status=Prescription.Status.DRAFT)
    return moved.filter(is_old, updated_at__lt=since).order_by("updated_at")


def known_allergies(patient: Patient) -> str:
    """What the newest signed prescription says of allergies; empty where none was ever
    recorded. Who may ask is decided by the caller's page."""
    newest = (
        Prescription.objects.exclude(status=Prescription.Status.DRAFT)
        .filter(patient=patient)
        .order_by("-signed_at")
        .only("public_id", "allergies")
        .first()
    )
    return newest.allergies if newest else ""
