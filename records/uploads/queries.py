"""How far is an upload, and what did it bring?"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import QuerySet, Sum

from accounts.patients.models import Patient
from foundation.errors import Refused
from records.uploads.models import Upload
from records.uploads.permissions import visible_to

# The largest document there is, whichever way it comes.
MAX_BYTES = 20 * 1024 * 1024
# How long an upload waits for its next part, and then to be added to the record.
KEPT = timedelta(days=1)
# Of one person; the oldest makes room.
MOST_WAITING = 10

TOO_LARGE = (
    "This file is larger than 20 MB. Scan it at a lower quality, or split it into "
    "several files."
)

_ENDING = re.compile(r"\.[a-z0-9]{1,11}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class NotThere(Refused):
    """The file can't be taken from an upload; the sentence says what to do."""


@dataclass(frozen=True)
class Named:
    """What the sender says of a file before its first part: the ending of its name,
    what its bytes add up to, and for whom its form was opened."""

    ending: str = ""
    sha256: str = ""
    viewing: str = ""


def read_metadata(header: str) -> Named:
    """Upload-Metadata of tus 1.0: `key base64, key base64`. Of `filename` only the
    ending is read; what is not understood is left out."""
    said: dict[str, str] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            said[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    ending = PurePath(said.get("filename", "")).suffix.lower()
    sha256 = said.get("sha256", "").lower()
    return Named(
        ending=ending if _ENDING.fullmatch(ending) else "",
        sha256=sha256 if _SHA256.fullmatch(sha256) else "",
        viewing=said.get("viewing", ""),
    )


def received(upload: Upload) -> int:
    """How many bytes have arrived; the next part begins there. One query."""
    return int(upload.parts.aggregate(bytes=Sum("size"))["bytes"] or 0)


def same_file(
    user: Any, patient: Patient, *, size: int, sha256: str, at: datetime
) -> Upload | None:
    """An upload of theirs with the same content that still waits: it can go on."""
    if not sha256:
        return None
    alike = visible_to(user, at=at).filter(patient=patient, size=size, sha256=sha256)
    return alike.order_by("-created_at").first()


def waiting(user: Any, *, at: datetime) -> QuerySet[Upload]:
    """Everything of theirs that waits, the newest first."""
    return visible_to(user, at=at).order_by("-created_at", "-pk")


def overdue(at: datetime) -> QuerySet[Upload]:
    """Uploads that nobody goes on with any more."""
    return Upload.objects.filter(expires_at__lte=at)


@dataclass(frozen=True)
class Arrived:
    """An upload that is whole, and its file under a name that shows its ending."""

    upload: Upload
    file: ContentFile


def arrived(user: Any, patient: Patient, public_id: UUID, *, at: datetime) -> Arrived:
    """The file that `user` sent for this patient's record, put together in memory.

    Raises NotThere where there is none, where parts are missing, and where it is not
    what its sender said, and Away where the storage does not answer.
    """
    found = visible_to(user, at=at).filter(patient=patient, public_id=public_id).first()
    if found is None:
        raise NotThere("This file is no longer here. Choose it again.")
    content = bytearray()
    for part in found.parts.order_by("offset"):
        with part.file.open("rb") as file:
            content += file.read()
    if len(content) != found.size:
        raise NotThere(
            "Not all of this file has arrived. Choose it again, and it goes on where "
            "it stopped."
        )
    whole = bytes(content)
    if found.sha256 and hashlib.sha256(whole).hexdigest() != found.sha256:
        raise NotThere("This file was changed on its way. Choose it again.")
    return Arrived(found, ContentFile(whole, f"file{found.ending}"))
