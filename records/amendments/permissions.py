"""Who asks for corrections, who reads them and who answers."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.patients.permissions import (
    acted_on_by,
    acts_on,
    scopes_of,
    treated_by,
    treats,
)
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.amendments.models import Amendment

ANSWERING = (Role.DOCTOR, Role.MEDICAL_ADMIN)


@predicate("records.ask_amendment")
def can_ask(user: Any, subject: object) -> bool:
    """Patients, of their own record, and who acts for somebody; for whom, `acts_on`."""
    return has_role(user, Role.PATIENT) or bool(scopes_of(user))


@predicate("records.view_amendment")
def can_view(user: Any, amendment: Amendment) -> bool:
    """The patient and who acts for them, who treats them, medical administration."""
    patient = amendment.patient
    if acts_on(user, patient, Scope.RECORDS):
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, patient)


def visible_to(user: Any) -> QuerySet[Amendment]:
    """The requests that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Amendment.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Amendment.objects.all()
    own = Q(patient__in=acted_on_by(user, Scope.RECORDS))
    treated = treated_by(user).values("patient_id")
    return Amendment.objects.filter(own | Q(patient__in=treated))


@predicate("records.answer_amendments")
def can_answer_any(user: Any, subject: object) -> bool:
    """Doctors and medical administration; which of them is `answer_amendment`."""
    return has_role(user, *ANSWERING)


@predicate("records.answer_amendment")
def can_answer(user: Any, amendment: Amendment) -> bool:
    """A doctor who treats the patient, and medical administration; nobody their own,
    or that of somebody they act for."""
    own = user.pk == amendment.asked_by_id or can_disagree(user, amendment)
    if own or not can_view(user, amendment):
        return False
    return has_role(user, *ANSWERING)


@predicate("records.disagree_amendment")
def can_disagree(user: Any, amendment: Amendment) -> bool:
    """The patient, and who acts for them."""
    return acts_on(user, amendment.patient, Scope.RECORDS)
