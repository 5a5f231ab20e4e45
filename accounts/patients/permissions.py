"""Who may see whom as a patient."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.patients.models import CareRelation, Patient
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate

# They need names and contacts of everybody: to greet, to bill, to supervise.
IDENTITY_ROLES = (Role.RECEPTIONIST, Role.BILLING, Role.MEDICAL_ADMIN)
TREATING_ROLES = (Role.DOCTOR, Role.NURSE)


def treats(user: Any, patient: Patient) -> bool:
    """Whether `user` has a care relation with `patient` now."""
    return (
        has_role(user, *TREATING_ROLES)
        and CareRelation.objects.active(timezone.now())
        .filter(user=user, patient=patient)
        .exists()
    )


def treated_by(user: Any) -> QuerySet[CareRelation]:
    """The care relations that `user` has now; empty without a treating role."""
    if not has_role(user, *TREATING_ROLES):
        return CareRelation.objects.none()
    return CareRelation.objects.active(timezone.now()).filter(user=user)


@predicate("accounts.view_patient")
def can_view(user: Any, patient: Patient) -> bool:
    """Oneself; the desk, billing and medical administration; who treats them."""
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, *IDENTITY_ROLES) or treats(user, patient)


@predicate("accounts.change_patient")
def can_change(user: Any, patient: Patient) -> bool:
    """Identity and contacts: oneself, the desk and medical administration."""
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)


@predicate("accounts.register_patient")
def can_register(user: Any, subject: object) -> bool:
    """Add a patient at the desk."""
    return has_role(user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN)


def visible_to(user: Any) -> QuerySet[Patient]:
    """The patients whose identity `user` may see."""
    if not user.is_authenticated or not user.is_active:
        return Patient.objects.none()
    if has_role(user, *IDENTITY_ROLES):
        return Patient.objects.all()
    treated = treated_by(user).values("patient_id")
    return Patient.objects.filter(Q(user=user) | Q(pk__in=treated))
