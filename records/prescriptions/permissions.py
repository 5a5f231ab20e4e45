"""Who may see, write and sign prescriptions."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.models import Patient
from accounts.patients.permissions import (
    acted_on_by,
    acts_on,
    is_own,
    treated_by,
    treats,
)
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.prescriptions.models import Prescription


@predicate("records.view_prescription")
def can_view(user: Any, prescription: Prescription) -> bool:
    """The patient and who acts for them once it is signed, who treats them, medical
    administration."""
    patient = prescription.patient
    is_signed = prescription.status != Prescription.Status.DRAFT
    if is_own(user, patient):
        return is_signed
    if has_role(user, Role.MEDICAL_ADMIN) or treats(user, patient):
        return True
    return is_signed and acts_on(user, patient, Scope.RECORDS)


def visible_to(user: Any) -> QuerySet[Prescription]:
    """The prescriptions that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Prescription.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        own_drafts = Q(patient__user=user, status=Prescription.Status.DRAFT)
        return Prescription.objects.exclude(own_drafts)
    signed = ~Q(status=Prescription.Status.DRAFT)
    treated = Q(patient__in=treated_by(user).values("patient_id"))
    own = Q(patient__in=acted_on_by(user, Scope.RECORDS))
    return Prescription.objects.filter(
        (own & signed) | (treated & ~Q(patient__user=user))
    )


@predicate("records.write_prescriptions")
def can_write(user: Any, subject: object) -> bool:
    """Doctors; for whom is `records.prescribe`, which of them is
    `records.change_prescription`."""
    return has_role(user, Role.DOCTOR)


@predicate("records.prescribe")
def can_prescribe(user: Any, patient: Patient) -> bool:
    """A doctor prescribes for those they treat, never for themselves."""
    return (
        has_role(user, Role.DOCTOR)
        and patient.user_id != user.pk
        and treats(user, patient)
    )


@predicate("records.change_prescription")
def can_change(user: Any, prescription: Prescription) -> bool:
    """Only the doctor who wrote it signs, replaces or withdraws it."""
    return prescription.doctor.user_id == user.pk and can_prescribe(
        user, prescription.patient
    )
