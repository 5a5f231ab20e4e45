"""Who asks for corrections, who reads them and who answers."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import treated_by, treats
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.amendments.models import Amendment

ANSWERING = (Role.DOCTOR, Role.MEDICAL_ADMIN)


@predicate("records.ask_amendment")
def can_ask(user: Any, subject: object) -> bool:
    """Patients, of their own record."""
    return has_role(user, Role.PATIENT)


@predicate("records.view_amendment")
def can_view(user: Any, amendment: Amendment) -> bool:
    """The patient, who treats them, medical administration."""
    patient = amendment.patient
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, patient)


def visible_to(user: Any) -> QuerySet[Amendment]:
    """The requests that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Amendment.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Amendment.objects.all()
    treated = treated_by(user).values("patient_id")
    return Amendment.objects.filter(Q(patient__user=user) | Q(patient__in=treated))


@predicate("records.answer_amendments")
def can_answer_any(user: Any, subject: object) -> bool:
    """Doctors and medical administration; which of them is `answer_amendment`."""
    return has_role(user, *ANSWERING)


@predicate("records.answer_amendment")
def can_answer(user: Any, amendment: Amendment) -> bool:
    """A doctor who treats the patient, and medical administration; nobody their own."""
    own = user.pk in {amendment.patient.user_id, amendment.asked_by_id}
    if own or not can_view(user, amendment):
        return False
    return has_role(user, *ANSWERING)


@predicate("records.disagree_amendment")
def can_disagree(user: Any, amendment: Amendment) -> bool:
    """The patient."""
    owner = amendment.patient.user_id
    return owner is not None and owner == user.pk
