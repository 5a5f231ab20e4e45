"""Who writes the texts of consents, and who sees what was said to them."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.consents.models import Consent, ConsentText
from accounts.patients.permissions import treated_by, treats
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.manage_consent_texts")
def can_manage_texts(user: Any, subject: object) -> bool:
    """Administrators: what people agree to is the clinic's word, not an editor's."""
    return has_role(user, Role.ADMIN)


@predicate("accounts.view_consent_text")
def can_view_text(user: Any, text: ConsentText) -> bool:
    """Everybody what is published, drafts only who writes them."""
    return text.published_at is not None or has_role(user, Role.ADMIN)


def visible_texts(user: Any) -> QuerySet[ConsentText]:
    """The texts that `user` may read; the list form of `can_view_text`."""
    if has_role(user, Role.ADMIN):
        return ConsentText.objects.all()
    return ConsentText.objects.exclude(published_at=None)


@predicate("accounts.view_consent")
def can_view(user: Any, consent: Consent) -> bool:
    """The patient, who treats them, medical administration."""
    patient = consent.patient
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, patient)


def visible_to(user: Any) -> QuerySet[Consent]:
    """The consents that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Consent.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Consent.objects.all()
    treated = treated_by(user).values("patient_id")
    return Consent.objects.filter(Q(patient__user=user) | Q(patient__in=treated))


@predicate("accounts.give_consent")
def can_give(user: Any, subject: object) -> bool:
    """Patients, for themselves."""
    return has_role(user, Role.PATIENT)
