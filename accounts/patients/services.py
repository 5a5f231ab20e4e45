"""Adding, changing and claiming patients."""

import secrets
from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.patients.models import CareRelation, Patient
from accounts.users.models import User
from audit.services import record
from foundation.errors import Refused

# Without letters and digits that are mistaken for each other when read aloud.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

CHANGEABLE = frozenset(
    {
        "first_name",
        "last_name",
        "birth_date",
        "sex",
        "email",
        "phone",
        "address",
        "time_zone",
        "language",
        "picture",
    }
)


class AlreadyClaimed(Refused):
    sentence = "These details belong to another account. Call us and we will help."


def new_patient_number() -> str:
    """A random number such as P-7KQ2-M9XD: says nothing, survives being spelled."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"P-{code[:4]}-{code[4:]}"


@transaction.atomic
def register_patient(
    *,
    actor: User | None,
    first_name: str,
    last_name: str,
    birth_date: date,
    email: str = "",
    phone: str = "",
    user: User | None = None,
    **fields: Any,
) -> Patient:
    """Add a patient; `user` is set when somebody registers themselves."""
    patient = Patient.objects.create(
        number=new_patient_number(),
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        email=email,
        phone=phone,
        user=user,
        **fields,
    )
    record(actor=actor, verb="patient.registered", subject=patient, patient=patient)
    return patient


@transaction.atomic
def change_patient(*, actor: User, patient: Patient, **fields: Any) -> Patient:
    """Change identity or contacts. Raises TypeError for any other field."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"Not changeable: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(patient, name, value)
    patient.save(update_fields=[*fields, "updated_at"])
    record(
        actor=actor,
        verb="patient.changed",
        subject=patient,
        patient=patient,
        detail={"fields": ",".join(sorted(fields))},
    )
    return patient


@transaction.atomic
def claim_patient(*, user: User, patient: Patient) -> Patient:
    """Tie a patient who has no user yet to `user`.

    The caller has proved that `user` owns the patient's e-mail address.
    Raises AlreadyClaimed when the patient belongs to somebody else, or `user` is
    another patient already.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    if patient.user_id == user.pk:
        return patient
    if patient.user_id is not None or Patient.objects.filter(user=user).exists():
        raise AlreadyClaimed
    patient.user = user
    patient.save(update_fields=["user", "updated_at"])
    record(actor=user, verb="patient.claimed", subject=patient, patient=patient)
    return patient


def open_care_relation(
    *, patient: Patient, user: User, source: str, at: datetime
) -> CareRelation:
    """Let `user` reach `patient` from `at` on, reopening an ended relation."""
    relation, created = CareRelation.objects.get_or_create(
        patient=patient, user=user, source=source, defaults={"starts_at": at}
    )
    if not created and relation.ends_at is not None:
        relation.ends_at = None
        relation.save(update_fields=["ends_at", "updated_at"])
    return relation
