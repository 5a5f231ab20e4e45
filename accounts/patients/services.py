"""Adding, changing and claiming patients."""

import secrets
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation

from accounts.patients.models import CareRelation, Patient
from accounts.patients.queries import is_same_person, patient_of, unclaimed_records
from accounts.users.models import User
from accounts.users.services import change_user
from audit.services import record
from foundation.errors import Refused
from foundation.events import publish

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


class NotProved(Refused):
    sentence = "Sign in with the address that the visit was booked with."


class TwoVisitsAtOnce(Refused):
    sentence = (
        "You have another visit at the same time, so this one can't be added yet. "
        "Cancel one of them first, or call us."
    )


class AnotherPerson(Refused):
    sentence = (
        "This visit is for somebody with another name or date of birth than yours, so "
        "it stays out of your account. Call us and we will help."
    )


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
def change_patient(*, actor: User | None, patient: Patient, **fields: Any) -> Patient:
    """Change identity or contacts. Raises TypeError for any other field. Publishes
    accounts.sign_in_changed for another phone number of somebody with an account."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise TypeError(f"Not changeable: {', '.join(sorted(unknown))}")
    is_new_phone = "phone" in fields and _differs(patient, "phone", fields["phone"])
    for name, value in fields.items():
        setattr(patient, name, value)
    patient.save(update_fields=[*fields, "updated_at"])
    entry = record(
        actor=actor,
        verb="patient.changed",
        subject=patient,
        patient=patient,
        detail={"fields": ",".join(sorted(fields))},
    )
    if is_new_phone and patient.user_id is not None:
        publish("accounts.sign_in_changed", entry_id=entry.pk)
    return patient


@transaction.atomic
def correct_patient(*, actor: User, patient: Patient, **fields: Any) -> list[str]:
    """The desk puts identity or contacts right; returns the names of what changed.

    Only what differs is written, so the audit names what was really changed. The
    person's account follows their name; the address they sign in with stays theirs.
    Takes the fields of `change_patient`.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    new = {
        name: value for name, value in fields.items() if _differs(patient, name, value)
    }
    if not new:
        return []
    change_patient(actor=actor, patient=patient, **new)
    if patient.user is not None:
        names = {name: new.get(name) for name in ("first_name", "last_name")}
        change_user(actor=actor, user=patient.user, **names)
    return sorted(new)


def _differs(patient: Patient, name: str, value: Any) -> bool:
    return name not in CHANGEABLE or getattr(patient, name) != value


@transaction.atomic
def complete_profile(*, user: User, **fields: Any) -> Patient:
    """Save what a user says about themselves; makes or finds their record.

    A guest's record with their proved address and the same name and birth date becomes
    theirs, and further ones are merged into it. Takes the fields of `change_patient`.
    """
    patient = patient_of(user)
    if patient is None:
        draft = Patient(**fields)
        match = next(
            (
                record
                for record in unclaimed_records(user.email)
                if has_proved_email(user) and is_same_person(record, draft)
            ),
            None,
        )
        if match is None:
            contact = {"email": user.email, "time_zone": user.time_zone} | fields
            patient = register_patient(actor=user, user=user, **contact)
        else:
            patient = claim_patient(user=user, patient=match)
    patient = change_patient(actor=user, patient=patient, **fields)
    names = {"first_name": patient.first_name, "last_name": patient.last_name}
    change_user(actor=user, user=user, **names)
    return patient


@transaction.atomic
def claim_patient(*, user: User, patient: Patient) -> Patient:
    """Make a guest's record the record of `user`; returns the record they have then.

    Who has a record of the same person already gets this one merged into it. Other
    guest's records of the same person and address follow. Raises NotProved unless
    `user` has proved the record's address, AlreadyClaimed when it is somebody else's,
    and AnotherPerson when `user` is known as somebody with another name or birth date.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    if patient.user_id == user.pk:
        return patient
    if patient.user_id is not None or patient.merged_into_id is not None:
        raise AlreadyClaimed
    if user.email.lower() != patient.email.lower() or not has_proved_email(user):
        raise NotProved
    own = patient_of(user)
    if own is not None:
        if not is_same_person(own, patient):
            raise AnotherPerson
        merge_patients(actor=user, kept=own, merged=patient)
        return own
    patient.user = user
    patient.save(update_fields=["user", "updated_at"])
    record(actor=user, verb="patient.claimed", subject=patient, patient=patient)
    for other in unclaimed_records(user.email):
        if is_same_person(other, patient):
            merge_patients(actor=user, kept=patient, merged=other)
    return patient


def follow_email_change(*, user: User, old: str, new: str) -> None:
    """Write to the new address where we wrote to the one signed in with."""
    patient = patient_of(user)
    if patient is not None and patient.email.lower() == old.lower():
        change_patient(actor=user, patient=patient, email=new)


def has_proved_email(user: User) -> bool:
    """Whether `user` has typed a code that we sent to their address."""
    return EmailAddress.objects.filter(
        user=user, email__iexact=user.email, verified=True
    ).exists()


@transaction.atomic
def merge_patients(*, actor: User, kept: Patient, merged: Patient) -> None:
    """Let `kept` take over everything of `merged`, another record of the same person.

    The emptied record stays, as the trace of what it was. Locks both records, in the
    order of their ids. Raises TwoVisitsAtOnce, and changes nothing, when the person
    would have to be in two places.
    """
    both = Patient.objects.select_for_update().filter(pk__in=[kept.pk, merged.pk])
    rows = {patient.pk: patient for patient in both.order_by("pk")}
    merged = rows[merged.pk]
    if merged.merged_into_id is not None or merged.pk == kept.pk:
        return
    _hand_over(kept=kept, merged=merged)
    merged.user = None
    merged.merged_into = kept
    merged.save(update_fields=["user", "merged_into", "updated_at"])
    record(
        actor=actor,
        verb="patient.merged",
        subject=merged,
        patient=kept,
        detail={"merged_id": merged.pk},
    )


def _hand_over(*, kept: Patient, merged: Patient) -> None:
    """Point every row about `merged` at `kept`, in whatever room it lies.

    The tables are found by their foreign keys, so this floor need not look up; one can
    say that its rows stay. Where both have a row of the same meaning, such as a care
    relation with one doctor, that of `kept` counts.
    """
    for relation in Patient._meta.related_objects:
        model, name = relation.related_model, relation.field.name
        if model is Patient or getattr(model, "stays_when_merged", False):
            continue
        for key in model._base_manager.filter(**{name: merged}).values_list("pk"):
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk=key[0]).update(**{name: kept})
            except IntegrityError as error:
                if isinstance(error.__cause__, ExclusionViolation):
                    raise TwoVisitsAtOnce from error


@transaction.atomic
def set_picture(*, actor: User, patient: Patient, content: bytes) -> Patient:
    """Put a new portrait (JPEG, made by foundation.pictures) in place of the old."""
    old = patient.picture.name
    patient.picture.save("portrait.jpg", ContentFile(content), save=False)
    return _save_picture(actor, patient, old)


@transaction.atomic
def remove_picture(*, actor: User, patient: Patient) -> Patient:
    """Take the portrait away. Without one nothing changes."""
    old = patient.picture.name
    if not old:
        return patient
    patient.picture = ""
    return _save_picture(actor, patient, old)


def _save_picture(actor: User, patient: Patient, old: str | None) -> Patient:
    patient.save(update_fields=["picture", "updated_at"])
    record(actor=actor, verb="patient.picture", subject=patient, patient=patient)
    if old:
        # The old file goes only when the new row is certain to stay.
        storage = patient.picture.storage
        transaction.on_commit(lambda: storage.delete(old))
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
