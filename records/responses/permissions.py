"""Who fills in forms before a visit, and who reads what was answered."""

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
from records.responses.models import QuestionnaireResponse

COMPLETED = QuestionnaireResponse.Status.COMPLETED


@predicate("records.answer_forms")
def can_answer_any(user: Any, subject: object) -> bool:
    """Patients, their own, and who acts for somebody; for whom, `acts_on`."""
    return has_role(user, Role.PATIENT) or bool(scopes_of(user))


@predicate("records.answer_form")
def can_answer(user: Any, response: QuestionnaireResponse) -> bool:
    """The patient, and who acts for them in the record: answers are part of it."""
    return acts_on(user, response.patient, Scope.RECORDS)


@predicate("records.view_response")
def can_view(user: Any, response: QuestionnaireResponse) -> bool:
    """The patient and who acts for them; once it was sent, who treats them and medical
    administration. What somebody is still thinking about is theirs."""
    if can_answer(user, response):
        return True
    if response.status != COMPLETED:
        return False
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, response.patient)


def visible_to(user: Any) -> QuerySet[QuestionnaireResponse]:
    """The responses that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return QuestionnaireResponse.objects.none()
    own = Q(patient__in=acted_on_by(user, Scope.RECORDS))
    if has_role(user, Role.MEDICAL_ADMIN):
        return QuestionnaireResponse.objects.filter(own | Q(status=COMPLETED))
    treated = treated_by(user).values("patient_id")
    return QuestionnaireResponse.objects.filter(
        own | Q(status=COMPLETED, patient__in=treated)
    )


@predicate("records.view_forms_of_visit")
def can_view_state(user: Any, subject: object) -> bool:
    """Whether forms of a visit are filled in, never what was answered: who runs the
    desk and who sees patients. Of which visits, `visible_at_work` says."""
    return has_role(
        user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN, Role.DOCTOR, Role.NURSE
    )
