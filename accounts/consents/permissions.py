"""Who writes the texts of consents, and who sees what was said to them."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.consents.models import Consent, ConsentText, Purpose
from accounts.patients.models import Patient
from accounts.patients.permissions import (
    acted_on_by,
    acts_on,
    is_own,
    scopes_of,
    treated_by,
    treats,
)
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate

# What somebody must be able to do for a patient to answer for them.
SCOPES: dict[str, Scope] = {
    Purpose.CARE: Scope.BOOK,
    Purpose.MARKETING: Scope.MESSAGES,
    Purpose.SHARING: Scope.RECORDS,
    Purpose.RECORDING: Scope.RECORDS,
    Purpose.RESEARCH: Scope.RECORDS,
}


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
    """The patient and who acts for them in its scope, who treats them, medical
    administration."""
    if may_answer(user, consent.patient, consent.purpose):
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, consent.patient)


def visible_to(user: Any) -> QuerySet[Consent]:
    """The consents that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Consent.objects.none()
    if has_role(user, Role.MEDICAL_ADMIN):
        return Consent.objects.all()
    seen = Q(patient__user=user)
    seen |= Q(patient__in=treated_by(user).values("patient_id"))
    for scope in set(SCOPES.values()):
        purposes = [purpose for purpose, needs in SCOPES.items() if needs == scope]
        acted_for = acted_on_by(user, scope)
        seen |= Q(patient__in=acted_for, purpose__in=purposes)
    return Consent.objects.filter(seen)


@predicate("accounts.give_consent")
def can_give(user: Any, subject: object) -> bool:
    """Patients, and who acts for one; which of the texts is `may_answer`."""
    return has_role(user, Role.PATIENT) or bool(scopes_of(user))


def may_answer(user: Any, patient: Patient, purpose: str) -> bool:
    """Whether `user` says yes and no to this for the patient: it is them, or they act
    for them so far."""
    scope = SCOPES.get(purpose)
    return is_own(user, patient) or (
        scope is not None and acts_on(user, patient, scope)
    )
