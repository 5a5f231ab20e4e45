"""Whose record is it?"""

from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse

from accounts.patients.models import Patient
from accounts.users.models import User
from foundation.likeness import fold

_SALT = "accounts.claim"
# A confirmation may be looked up again months later, before or after the visit.
_CLAIMABLE_SECONDS = 180 * 24 * 60 * 60


def patient_of(user: User) -> Patient | None:
    """The record that `user` signs in to, if there is one."""
    return Patient.objects.filter(user=user).first()


def claim_token(patient: Patient) -> str:
    """What a link carries that lets its holder ask for this record. It gives nothing
    by itself: whoever follows it proves the record's e-mail address first."""
    return signing.dumps(patient.public_id.hex, salt=_SALT)


def claim_path(patient: Patient) -> str:
    """The address that makes an account of a guest's booking; "" where there is no
    e-mail address to prove, or the record is somebody's already."""
    if not patient.email or patient.user_id is not None:
        return ""
    return reverse("accounts:claim", args=[claim_token(patient)])


def read_claim(token: str) -> Patient | None:
    """The record that a claim link is about; None if it is not ours or too old."""
    try:
        public_id = signing.loads(token, salt=_SALT, max_age=_CLAIMABLE_SECONDS)
    except signing.BadSignature:
        return None
    patient = Patient.objects.filter(public_id=public_id).first()
    return standing(patient) if patient is not None else None


def standing(patient: Patient) -> Patient:
    """The record that stands for this one now: itself, or the one that it was merged
    into, as the database has it. One query, and one for each merge since."""
    found = Patient.objects.get(pk=patient.pk)
    while found.merged_into_id is not None:
        found = Patient.objects.get(pk=found.merged_into_id)
    return found


def is_same_person(one: Patient, other: Patient) -> bool:
    """Whether two records name the same person: born on the same day, same names.

    Not only the birth date, because twins share that and their parents' address.
    """
    return one.birth_date == other.birth_date and _names(one) == _names(other)


def unclaimed_records(email: str) -> QuerySet[Patient]:
    """Records made for guests with this address, the oldest first."""
    return Patient.objects.filter(
        user=None, merged_into=None, email__iexact=email
    ).order_by("pk")


def _names(patient: Patient) -> tuple[str, str]:
    first, last = fold(patient.first_name), fold(patient.last_name)
    return " ".join(first.split()), " ".join(last.split())
