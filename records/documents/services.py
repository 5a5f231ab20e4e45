"""Adding and removing documents."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction

from accounts.patients.models import Patient
from accounts.users.models import User
from audit.entries.models import Action
from audit.services import record
from booking.appointments.models import Appointment
from foundation.errors import Refused
from foundation.events import publish
from foundation.formats import file_size
from records.documents.models import Document
from records.documents.queries import (
    A_DAY,
    BYTES_A_DAY,
    UPLOADS_A_DAY,
    UploadRefused,
    added_since,
    inspect,
    is_removable,
    sent_before,
)
from records.uploads.models import Upload
from records.uploads.services import end_upload


class _Again(Exception):
    """The same form was kept before, as `document`."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document


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
    upload: Upload | None = None,
) -> Document:
    """Keep a file in the patient's record. Publishes records.document_added.

    The file's own name is used for its type only; it is stored under a random one,
    sealed. Where a virus scanner is set up it stays in quarantine until that has seen
    it. The same form sent again, because its answer was lost, gives the document that
    is there. Raises UploadRefused where the file is unfit or too many came today.

    `upload` is where the file came from in parts, if it did; it ends, unless what went
    wrong may go right the next time.
    """
    try:
        document = _keep(
            actor=actor,
            patient=patient,
            category=category,
            title=title,
            file=file,
            at=at,
            appointment=appointment,
            is_shared_with_patient=is_shared_with_patient,
        )
    except UploadRefused:
        if upload is not None:
            end_upload(upload=upload, at=at)
        raise
    if upload is not None:
        end_upload(upload=upload, at=at)
    return document


def _keep(
    *,
    actor: User | None,
    patient: Patient,
    category: str,
    title: str,
    file: File,
    at: datetime,
    appointment: Appointment | None,
    is_shared_with_patient: bool,
) -> Document:
    if actor is not None:
        _refuse_too_many(actor, file.size, at)
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
        state=(
            Document.State.QUARANTINED
            if settings.CLAMAV_ADDRESS
            else Document.State.CLEAN
        ),
        is_shared_with_patient=is_shared_with_patient,
    )
    document.file.save("file", ContentFile(upload.content), save=False)
    try:
        with transaction.atomic():
            if actor is not None:
                # One after the other: many at once must not pass the limit together.
                User.objects.select_for_update(of=("self",), no_key=True).get(
                    pk=actor.pk
                )
                if (earlier := sent_before(document, at=at)) is not None:
                    raise _Again(earlier)
                _refuse_too_many(actor, document.size, at)
            document.save()
            record(
                actor=actor, verb="document.added", subject=document, patient=patient
            )
            publish("records.document_added", document_id=document.pk)
    except _Again as again:
        document.file.delete(save=False)
        return again.document
    except Exception:
        # A file without a row would be nobody's; a row without a file is worse.
        document.file.delete(save=False)
        raise
    return document


def _refuse_too_many(actor: User, size: int, at: datetime) -> None:
    count, held = added_since(actor, at - A_DAY)
    if count >= UPLOADS_A_DAY:
        raise UploadRefused(
            f"You have added {UPLOADS_A_DAY} documents today. Go on tomorrow, or "
            "bring the rest with you."
        )
    if held + size > BYTES_A_DAY:
        raise UploadRefused(
            f"Together with this file you would add more than {file_size(BYTES_A_DAY)} "
            "today. Go on tomorrow, or bring the rest with you."
        )


@transaction.atomic
def settle_scan(*, document: Document, infected: bool, at: datetime) -> Document:
    """What the virus scanner found: the file is ready, or refused for good.

    Only out of quarantine; a second answer changes nothing.
    """
    document = (
        Document.objects.select_for_update(of=("self",))
        .select_related("patient")
        .get(pk=document.pk)
    )
    if document.state != Document.State.QUARANTINED:
        return document
    document.state = Document.State.REFUSED if infected else Document.State.CLEAN
    document.scanned_at = at
    document.save(update_fields=["state", "scanned_at", "updated_at"])
    record(
        actor=None,
        verb="document.refused" if infected else "document.cleared",
        subject=document,
        patient=document.patient,
    )
    return document


def forget_refused(*, document: Document) -> None:
    """Throw the content of a refused file away; doing so twice does no harm."""
    if document.state == Document.State.REFUSED and document.file:
        document.file.delete(save=False)
        Document.objects.filter(pk=document.pk).update(file="")


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
