"""What is in a patient's file, and is this file fit for it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.files.base import File
from django.db.models import Count, QuerySet, Sum

from accounts.patients.models import Patient
from foundation.errors import Refused
from foundation.inspection.files import CleanFile, FileRefused, Taken, inspected
from records.documents.models import Document
from records.documents.permissions import visible_to
from records.uploads.queries import MAX_BYTES, TOO_LARGE

UPLOADS_A_DAY = 50
BYTES_A_DAY = 300_000_000
# An address of a file opens it for this long.
OPEN_SECONDS = 5 * 60
A_DAY = timedelta(days=1)
# For so long the same content under the same title is the same form, sent again.
AN_HOUR = timedelta(hours=1)

ACCEPT = ".pdf,.jpg,.jpeg,.png"


class UploadRefused(Refused):
    """The file can't be kept; the sentence says why and what to do."""


TAKEN = Taken(
    endings={
        "application/pdf": frozenset({".pdf"}),
        "image/jpeg": frozenset({".jpg", ".jpeg"}),
        "image/png": frozenset({".png"}),
    },
    most_bytes=MAX_BYTES,
    too_large=TOO_LARGE,
    otherwise="We can keep PDF, JPEG and PNG files. Save this one as a PDF, "
    "or take a photo of it.",
)


def inspect(file: File) -> CleanFile:
    """A clean copy of a file for a record. Raises UploadRefused with what to do."""
    try:
        return inspected(file, TAKEN)
    except FileRefused as refusal:
        raise UploadRefused(str(refusal)) from refusal


def added_since(user: Any, since: datetime) -> tuple[int, int]:
    """How many documents `user` has added since then, and their bytes."""
    added = Document.objects.filter(uploaded_by=user, created_at__gt=since).aggregate(
        count=Count("pk"), bytes=Sum("size")
    )
    return added["count"], added["bytes"] or 0


def sent_before(document: Document, *, at: datetime) -> Document | None:
    """The one that the same person added to the same record within the hour before
    `at`, with the same content under the same title. It has no key from the form: who
    presses twice, or sends again after an answer was lost, means one."""
    alike = Document.objects.filter(
        uploaded_by=document.uploaded_by,
        patient=document.patient,
        appointment=document.appointment,
        category=document.category,
        sha256=document.sha256,
        is_shared_with_patient=document.is_shared_with_patient,
        created_at__gt=at - AN_HOUR,
        removed_at=None,
    )
    # Titles are sealed, so they are compared here.
    return next((one for one in alike if one.title == document.title), None)


def opening_token(document: Document, user: Any, session: str, method: str) -> str:
    """Opens this file for this person, in this session, by this method, for a while.

    `session` is the session's key; none of these can be read from the token.
    """
    stamped = _signer(user, session, method).sign(str(document.public_id))
    return stamped.partition(":")[2]


def opens(token: str, document: Document, user: Any, session: str, method: str) -> bool:
    """Whether the token was made for exactly this, not more than OPEN_SECONDS ago."""
    try:
        _signer(user, session, method).unsign(
            f"{document.public_id}:{token}", max_age=OPEN_SECONDS
        )
    except signing.BadSignature:
        return False
    return True


def _signer(user: Any, session: str, method: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(
        salt=f"records.documents.opening:{user.pk}:{session}:{method}"
    )


@dataclass(frozen=True)
class Line:
    """A document in a list; `is_removable` by the person looking."""

    document: Document
    is_removable: bool


def is_removable(document: Document, user: Any, *, at: datetime) -> bool:
    """Who added it by mistake may take it back, for a day."""
    return document.uploaded_by_id == user.pk and at - document.created_at < A_DAY


def document_lines(user: Any, patient: Patient, *, at: datetime) -> list[Line]:
    """The patient's documents as `user` sees them listed. One query."""
    return [
        Line(document, is_removable(document, user, at=at))
        for document in documents_of(user, patient)
    ]


def documents_of(user: Any, patient: Patient) -> QuerySet[Document]:
    """The patient's documents that `user` may see, the newest first."""
    return (
        visible_to(user)
        .filter(patient=patient, removed_at=None)
        .select_related("uploaded_by")
        .order_by("-created_at", "-pk")
    )


def ready_documents(user: Any, patient: Patient) -> QuerySet[Document]:
    """Those of them that can be opened."""
    return documents_of(user, patient).filter(state=Document.State.CLEAN)
