"""Who may see and add a patient's documents."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.patients.models import Patient
from accounts.patients.permissions import acted_on_by, acts_on, treated_by, treats
from accounts.proxies.models import Scope
from accounts.restrictions.queries import is_restricted, restricted_patients
from accounts.users.models import STAFF_ROLES, Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.documents.models import Document


@predicate("records.view_document")
def can_view(user: Any, document: Document) -> bool:
    """The patient and who acts for them (what is shared), who treats them, and whoever
    here uploaded it, unless the record may not be used."""
    if has_role(user, Role.MEDICAL_ADMIN) or treats(user, document.patient):
        return True
    added = document.uploaded_by_id == user.pk
    at_work = added and has_role(user, *STAFF_ROLES)
    if at_work and not is_restricted(document.patient, at=timezone.now()):
        return True
    is_theirs = added or document.is_shared_with_patient
    return is_theirs and acts_on(user, document.patient, Scope.RECORDS)


def visible_to(user: Any) -> QuerySet[Document]:
    """The documents that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Document.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Document.objects.all()
    added, shared = Q(uploaded_by=user), Q(is_shared_with_patient=True)
    own = Q(patient__in=acted_on_by(user, Scope.RECORDS))
    seen = own & (added | shared)
    if has_role(user, *STAFF_ROLES):
        seen |= added & ~Q(patient__in=restricted_patients(timezone.now()))
    return Document.objects.filter(
        seen | Q(patient__in=treated_by(user).values("patient_id"))
    )


@predicate("records.add_document")
def can_add(user: Any, patient: Patient) -> bool:
    """The patient, who acts for them, the desk, who treats them."""
    return (
        has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)
        or acts_on(user, patient, Scope.RECORDS)
        or treats(user, patient)
    )
