"""Who may make one of two records of a patient, and part them again."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Patient
from accounts.patients.permissions import acted_for_by, is_own, scopes_of
from accounts.users.permissions import has_role, places_of
from booking.appointments.models import Appointment
from booking.appointments.permissions import DESK_ROLES
from foundation.permissions import predicate
from portal.merges.models import Merge


@predicate("portal.manage_merges")
def can_manage(user: Any, subject: object) -> bool:
    """The list of possible duplicates: the desk and medical administration."""
    return has_role(user, *DESK_ROLES)


@predicate("portal.merge_patient")
def can_merge(user: Any, patient: Patient) -> bool:
    """The desk of a place where the patient has a visit, and every desk where they
    have none anywhere. Nobody merges their own record, or that of somebody they act
    for: what goes into it they could read."""
    if not can_manage(user, None) or is_own(user, patient):
        return False
    if patient.pk in scopes_of(user):
        return False
    places = places_of(user, *DESK_ROLES)
    if places is None:
        return True
    visits = Appointment.objects.filter(patient=patient)
    return visits.filter(location__place__in=places).exists() or not visits.exists()


def mergeable_by(user: Any) -> QuerySet[Patient]:
    """The patients whose record `user` may merge; the list form of `can_merge`."""
    if not can_manage(user, None):
        return Patient.objects.none()
    rows = Patient.objects.exclude(user=user)
    rows = rows.exclude(pk__in=acted_for_by(user).values("patient_id"))
    places = places_of(user, *DESK_ROLES)
    if places is None:
        return rows
    visits = Appointment.objects.filter(patient=OuterRef("pk"))
    return rows.filter(
        Exists(visits.filter(location__place__in=places)) | ~Exists(visits)
    )


@predicate("portal.view_merge")
def can_view(user: Any, merge: Merge) -> bool:
    """Who may merge the record that stays; to undo it, the other one as well."""
    return can_merge(user, merge.kept)


def visible_to(user: Any) -> QuerySet[Merge]:
    """The merges that `user` may see; the list form of `can_view`."""
    return Merge.objects.filter(kept__in=mergeable_by(user))
