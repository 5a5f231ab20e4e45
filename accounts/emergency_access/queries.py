"""Which records are open in an emergency, and to whom?"""

from datetime import date, datetime

from django.db.models import QuerySet

from accounts.emergency_access.models import EmergencyAccess
from accounts.patients.models import Patient
from accounts.users.models import User
from foundation.likeness import fold


def find_patient(who: str, birth_date: date) -> Patient | None:
    """The one patient with this whole number, or this whole name, and birth date.

    None for nobody and for several alike: parts of names find nothing, so that who asks
    must know whom they mean.
    """
    rows = Patient.objects.filter(birth_date=birth_date, merged_into=None)
    asked = _words(who)
    found = [
        pk
        for pk, number, first, last in rows.values_list(
            "pk", "number", "first_name", "last_name"
        )
        if asked in (_words(number), _words(f"{first} {last}"))
    ]
    return Patient.objects.get(pk=found[0]) if len(found) == 1 else None


def _words(text: str) -> str:
    return " ".join(fold(text).split())


def open_accesses(user: User, *, at: datetime) -> QuerySet[EmergencyAccess]:
    """What `user` has open now, with the patients, the first to end first."""
    rows = EmergencyAccess.objects.open_at(at).filter(user=user)
    return rows.select_related("patient").order_by("ends_at", "pk")


def open_to(user: User, *, at: datetime) -> list[EmergencyAccess]:
    """`open_accesses`, asked once and remembered on the user object for the length of
    the request: the frame of every page shows them, and the log needs them too."""
    if not hasattr(user, "_open_accesses"):
        user._open_accesses = list(open_accesses(user, at=at))  # type: ignore[attr-defined]
    found: list[EmergencyAccess] = user._open_accesses  # type: ignore[attr-defined]
    return found


def accesses_of(patient: Patient) -> QuerySet[EmergencyAccess]:
    """Who opened this patient's record in an emergency, the newest first, for the
    patient's own eyes."""
    rows = EmergencyAccess.objects.filter(patient=patient).select_related("user")
    return rows.order_by("-starts_at", "-pk")
