"""Adding and removing documents."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile, File
from django.db import transaction

from accounts.patients.models import Patient
from accounts.users.models import User
from audit.entries.models import Action
from audit.services import record
from booking.appointments.models import Appointment
from foundation.errors import Refused
from foundation.events import publish
from records.documents.models import Document
from records.documents.queries import (
    A_DAY,
    UPLOADS_A_DAY,
    UploadRefused,
    inspect,
    is_removable,
)


class NotRemovable(Refused):
    sentence = (
        "Only who added a document can remove it, and only on the same day. "
        "Write to us and we will look at it with you."
    )


def add_document(
    *,
    actor: User | None,
    patient: Patient,
    category: str,
    title: str,
    file: File,
    at: datetime,
    appointment: Appointment | None = None,
    is_shared_with_patient: bool = True,
) -> Document:
    """Keep a file in the patient's record. Publishes records.document_added.

    The file's own name is used for its type only; it is stored under a random one.
    Raises UploadRefused where the file is unfit or too many came today.
    """
    if actor is not None and _uploads_since(actor, at - A_DAY) >= (UPLOADS_A_DAY):
        raise UploadRefused(
            f"You have added {UPLOADS_A_DAY} documents today. Go on tomorrow, or "
            "bring the rest with you."
        )
    upload = inspect(file)
    document = Document(
        patient=patient,
        appointment=appointment,
        uploaded_by=actor,
        category=category,
        title=title.strip(),
        content_type=upload.content_type,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        state=Document.State.CLEAN,
        is_shared_with_patient=is_shared_with_patient,
    )
    document.file.save("file", ContentFile(upload.content), save=False)
    try:
        with transaction.atomic():
            document.save()
            record(
                actor=actor, verb="document.added", subject=document, patient=patient
            )
            publish("records.document_added", document_id=document.pk)
    except Exception:
        # A file without a row would be nobody's; a row without a file is worse.
        document.file.delete(save=False)
        raise
    return document


def _uploads_since(actor: User, since: datetime) -> int:
    return Document.objects.filter(uploaded_by=actor, created_at__gt=since).count()


@transaction.atomic
def remove_document(*, actor: User, document: Document, at: datetime) -> None:
    """Take a document added by mistake out of sight. The file and the row stay, since
    a record is never destroyed in passing. Raises NotRemovable."""
    document = Document.objects.select_for_update().get(pk=document.pk)
    if not is_removable(document, actor, at=at):
        raise NotRemovable
    if document.removed_at is None:
        document.removed_at = at
        document.save(update_fields=["removed_at", "updated_at"])
        record(
            actor=actor,
            verb="document.removed",
            subject=document,
            patient=document.patient,
        )


def record_download(*, actor: User, document: Document) -> None:
    """Log that `actor` opened the file."""
    record(
        actor=actor,
        verb="document.downloaded",
        action=Action.DOWNLOAD,
        subject=document,
        patient=document.patient,
    )
