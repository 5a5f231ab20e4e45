"""Who may see whom as a patient.

Everywhere a patient's things are their own and those of whoever acts for them:
`acts_on` is the one answer for one patient, `acted_on_by` for lists. Every rule about
what belongs to a patient asks them, each with its scope.
"""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.patients.models import CareRelation, Patient
from accounts.proxies.models import Proxy, ProxyQuerySet
from accounts.restrictions.models import Restriction
from accounts.users.models import CARE_ROLES, STAFF_ROLES, Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from foundation.scene import remembered

# They need names and contacts of everybody: to greet, to bill, to supervise.
IDENTITY_ROLES = (Role.RECEPTIONIST, Role.BILLING, Role.MEDICAL_ADMIN)
TREATING_ROLES = (Role.DOCTOR, Role.NURSE)
# What somebody else ends is noticed by a request that runs within this time.
FRESH_SECONDS = 1.0


def is_own(user: Any, patient: Patient | None) -> bool:
    """Whether it is their own record."""
    return (
        patient is not None
        and patient.user_id is not None
        and patient.user_id == getattr(user, "pk", None)
    )


def acts_on(user: Any, patient: Patient | None, scope: str) -> bool:
    """Whether `user` may act on the patient's things in this scope: it is them, or they
    act for them now. One query a request whatever is asked, none for one's own."""
    if patient is None:
        return False
    if is_own(user, patient):
        return True
    return scope in scopes_of(user).get(patient.pk, ())


def acted_on_by(user: Any, scope: str) -> QuerySet[Any]:
    """The keys of the patients on whose things `user` may act; the list form of
    `acts_on`, for `patient__in`. A union, so that each half finds its rows by an
    index."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Patient.objects.none().values_list("pk", flat=True)
    own = Patient.objects.filter(user=user).values_list("pk", flat=True)
    acted_for = acted_for_by(user).open_to(scope)
    return own.union(acted_for.values_list("patient_id", flat=True))


def scopes_of(user: Any) -> dict[int, frozenset[str]]:
    """For whom `user` acts now, by the patient's key, and in which scopes.

    Remembered for the length of a request, so that a page may ask as often as it likes.
    Not longer than FRESH_SECONDS, and not past a change that the request makes itself:
    an end ends at once. Whoever writes makes sure with `hold_acting`.
    """
    if not getattr(user, "is_authenticated", False):
        return {}
    rows = acted_for_by(user).values_list("patient_id", "scopes")
    found: dict[int, frozenset[str]] = remembered(
        ("acting", user.pk, user.is_active),
        lambda: {patient: frozenset(scopes) for patient, scopes in rows},
        seconds=FRESH_SECONDS,
    )
    return found


def acted_for_by(user: Any) -> ProxyQuerySet:
    """What lets `user` act for others now, in whatever scope. Never for themselves:
    whoever has the record as their own acts as the patient."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Proxy.objects.none()
    rows = Proxy.objects.in_force(timezone.now()).filter(user=user)
    return rows.exclude(patient__user=F("user"))


def treats(user: Any, patient: Patient) -> bool:
    """Whether `user` has a care relation with `patient` now that opens the record."""
    return treated_by(user).filter(patient=patient).exists()


def treated_by(user: Any) -> QuerySet[CareRelation]:
    """The care relations of `user` that open a record now. One whose use is restricted
    opens by emergency access alone (GDPR 18(2): to protect somebody's rights)."""
    closed = Restriction.objects.in_force(timezone.now())
    return known_by(user).exclude(
        ~Q(source=CareRelation.Source.EMERGENCY),
        patient__in=closed.values("patient_id"),
    )


def known_by(user: Any) -> QuerySet[CareRelation]:
    """The care relations that `user` has now: whom they meet, by name and visit.
    Without a treating role only emergency access counts; without any role at work
    nothing does."""
    if not has_role(user, *STAFF_ROLES):
        return CareRelation.objects.none()
    relations = CareRelation.objects.active(timezone.now()).filter(user=user)
    if has_role(user, *TREATING_ROLES):
        return relations
    return relations.filter(source=CareRelation.Source.EMERGENCY)


@predicate("accounts.work_in_care")
def can_work_in_care(user: Any, subject: object) -> bool:
    """Who works with patients, or has emergency access to one. Which of them they
    reach is asked for each."""
    return has_role(user, *CARE_ROLES) or known_by(user).exists()


@predicate("accounts.view_patient")
def can_view(user: Any, patient: Patient) -> bool:
    """Oneself; the desk, billing and medical administration; who treats them; who acts
    for them, in whatever scope."""
    return (
        is_own(user, patient)
        or has_role(user, *IDENTITY_ROLES)
        or known_by(user).filter(patient=patient).exists()
        or patient.pk in scopes_of(user)
    )


@predicate("accounts.change_patient")
def can_change(user: Any, patient: Patient) -> bool:
    """Identity and contacts: oneself, the desk and medical administration."""
    return is_own(user, patient) or has_role(
        user, Role.RECEPTIONIST, Role.MEDICAL_ADMIN
    )


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
    treated = known_by(user).values("patient_id")
    acted_for = acted_for_by(user).values("patient_id")
    return Patient.objects.filter(
        Q(user=user) | Q(pk__in=treated) | Q(pk__in=acted_for)
    )
