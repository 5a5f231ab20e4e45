"""Writing, signing and ending prescriptions."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.patients.models import Patient
from accounts.users.models import User
from audit.services import record
from booking.appointments.models import Appointment
from clinic.doctors.models import Doctor
from foundation.errors import Refused
from foundation.events import publish
from records.documents.models import Document
from records.prescriptions.models import Prescription, PrescriptionItem
from records.prescriptions.queries import paper_title, random_code

# Schedule 4 medicines must be dispensed within 28 days of signing; the clinic keeps
# to that for all. Source: Misuse of Drugs Regulations 2001 (UK), reg. 16(2).
VALID_DAYS = 28

Status = Prescription.Status


class NotPossible(Refused):
    """The prescription's status does not allow it."""


@dataclass(frozen=True)
class Item:
    """One medicine, as the doctor wrote it."""

    medicine: str
    form: str
    directions: str
    quantity: int
    quantity_unit: str
    strength: str = ""
    repeats: int = 0


@transaction.atomic
def write_prescription(
    *,
    actor: User,
    doctor: Doctor,
    patient: Patient,
    items: Sequence[Item],
    allergies: str,
    note: str = "",
    appointment: Appointment | None = None,
    replaces: Prescription | None = None,
) -> Prescription:
    """Start a prescription as a draft, which only staff see.

    With `replaces`, signing it ends the other one. Raises NotPossible when that one
    is not in force.
    """
    if replaces is not None and replaces.status != Status.SIGNED:
        raise NotPossible("Only a prescription in force can be replaced.")
    prescription = Prescription.objects.create(
        number=f"RX-{random_code(4)}-{random_code(4)}",
        patient=patient,
        doctor=doctor,
        appointment=appointment,
        allergies=allergies,
        note=note,
        replaces=replaces,
    )
    _write_items(prescription, items)
    record(
        actor=actor,
        verb="prescription.written",
        subject=prescription,
        patient=patient,
    )
    return prescription


@transaction.atomic
def rewrite_draft(
    *,
    actor: User,
    prescription: Prescription,
    items: Sequence[Item],
    allergies: str,
    note: str = "",
) -> Prescription:
    """Put other content in a draft. Raises NotPossible once it is signed."""
    prescription = _locked(prescription)
    if prescription.status != Status.DRAFT:
        raise NotPossible("It is signed. Replace it by a new one instead.")
    prescription.allergies = allergies
    prescription.note = note
    prescription.save(update_fields=["allergies", "note", "updated_at"])
    prescription.items.all().delete()
    _write_items(prescription, items)
    record(
        actor=actor,
        verb="prescription.rewritten",
        subject=prescription,
        patient=prescription.patient,
    )
    return prescription


@transaction.atomic
def discard_draft(*, actor: User, prescription: Prescription) -> None:
    """Throw a draft away. Raises NotPossible once it is signed."""
    prescription = _locked(prescription)
    if prescription.status != Status.DRAFT:
        raise NotPossible("It is signed. Withdraw it instead.")
    record(
        actor=actor,
        verb="prescription.discarded",
        subject=prescription,
        patient=prescription.patient,
    )
    prescription.delete()


@transaction.atomic
def sign_prescription(
    *, actor: User, prescription: Prescription, at: datetime
) -> Prescription:
    """Sign a draft; from then on it never changes. What it replaces ends with it.

    Publishes records.prescription_signed (a worker makes the PDF, then tells the
    patient) and, for the replaced one, records.prescription_ended.
    Raises NotPossible for an empty prescription or one without word on allergies.
    """
    prescription = _locked(prescription)
    if not prescription.items.exists():
        raise NotPossible("Add at least one medicine before you sign.")
    if not prescription.allergies.strip():
        raise NotPossible("Say which allergies are known, or that none are.")
    prescription.check_code = random_code(8)
    prescription.signed_at = at
    prescription.expires_date = (at + timedelta(days=VALID_DAYS)).date()
    prescription.save(
        update_fields=["check_code", "check_index", "signed_at", "expires_date"]
    )
    _move(prescription, Status.SIGNED, actor=actor)
    publish("records.prescription_signed", prescription_id=prescription.pk)
    if prescription.replaces is not None:
        replaced = _locked(prescription.replaces)
        _move(replaced, Status.REPLACED, actor=actor)
        publish("records.prescription_ended", prescription_id=replaced.pk)
    return prescription


@transaction.atomic
def withdraw_prescription(
    *, actor: User, prescription: Prescription, reason: str, at: datetime
) -> Prescription:
    """End a signed prescription. Publishes records.prescription_ended."""
    prescription = _locked(prescription)
    prescription.withdrawn_at = at
    prescription.withdrawn_reason = reason.strip()
    prescription.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    _move(prescription, Status.WITHDRAWN, actor=actor)
    publish("records.prescription_ended", prescription_id=prescription.pk)
    return prescription


def file_pdf(*, prescription: Prescription, pdf: bytes, at: datetime) -> Document:
    """Keep the paper of a prescription as a document, in place of an older one."""
    document = Document(
        patient=prescription.patient,
        appointment=prescription.appointment,
        category=Document.Category.PRESCRIPTION,
        title=paper_title(prescription),
        content_type="application/pdf",
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        state=Document.State.CLEAN,
    )
    document.file.save("file", ContentFile(pdf), save=False)
    with transaction.atomic():
        old = _locked(prescription).pdf
        document.save()
        # Not through save(): the paper is no change of the prescription.
        Prescription.objects.filter(pk=prescription.pk).update(pdf=document)
        if old is not None:
            old.removed_at = at
            old.save(update_fields=["removed_at", "updated_at"])
        record(
            actor=None,
            verb="prescription.filed",
            subject=prescription,
            patient=prescription.patient,
        )
    return document


def _locked(prescription: Prescription) -> Prescription:
    return Prescription.objects.select_for_update(of=("self",)).get(pk=prescription.pk)


def _move(prescription: Prescription, to: str, *, actor: User) -> None:
    """The only place where a prescription's status changes. The row is locked."""
    if to not in Prescription.MOVES.get(prescription.status, set()):
        raise NotPossible(
            f"This prescription is {prescription.get_status_display().lower()} already."
        )
    prescription.status = to
    prescription.save(update_fields=["status", "updated_at"])
    record(
        actor=actor,
        verb=f"prescription.{to.lower()}",
        subject=prescription,
        patient=prescription.patient,
    )


def _write_items(prescription: Prescription, items: Sequence[Item]) -> None:
    PrescriptionItem.objects.bulk_create(
        PrescriptionItem(prescription=prescription, position=position, **asdict(item))
        for position, item in enumerate(items, start=1)
    )
