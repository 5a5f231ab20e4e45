"""Who may see and add a patient's documents."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.models import Patient
from accounts.patients.permissions import treated_by, treats
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.documents.models import Document


@predicate("records.view_document")
def can_view(user: Any, document: Document) -> bool:
    """The patient (what is shared), who treats them, and who uploaded it."""
    if document.uploaded_by_id == user.pk:
        return True
    if (
        document.patient.user_id is not None
        and document.patient.user_id == user.pk
        and document.is_shared_with_patient
    ):
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, document.patient)


def visible_to(user: Any) -> QuerySet[Document]:
    """The documents that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Document.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Document.objects.all()
    return Document.objects.filter(
        Q(uploaded_by=user)
        | Q(patient__user=user, is_shared_with_patient=True)
        | Q(patient__in=treated_by(user).values("patient_id"))
    )


@predicate("records.add_document")
def can_add(user: Any, patient: Patient) -> bool:
    """The patient, the desk, who treats them."""
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN) or treats(
        user, patient
    )
