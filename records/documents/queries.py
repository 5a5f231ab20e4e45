"""What is in a patient's file, and is this file fit for it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import PurePath
from typing import Any

import puremagic
from django.core.files.base import File
from django.db.models import QuerySet
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.patients.models import Patient
from foundation.errors import Refused
from records.documents.models import Document
from records.documents.permissions import visible_to

MAX_BYTES = 20 * 1024 * 1024
# A photo of a modern phone is 12 to 50 megapixels. Beyond that it is an attack.
MAX_PIXELS = 60_000_000
UPLOADS_A_DAY = 50
A_DAY = timedelta(days=1)

EXTENSIONS = {
    "application/pdf": {".pdf"},
    "image/jpeg": {".jpg", ".jpeg"},
    "image/png": {".png"},
}
ACCEPT = ".pdf,.jpg,.jpeg,.png"


class UploadRefused(Refused):
    """The file can't be kept; the sentence says why and what to do."""


@dataclass(frozen=True)
class Upload:
    """A file that passed: clean bytes and their type."""

    content: bytes
    content_type: str
    extension: str


def inspect(file: File) -> Upload:
    """Check a file by its content and its name.

    Pictures are written anew, which leaves out where and with what they were taken.
    Raises UploadRefused with what to do about it.
    """
    if not file.size:
        raise UploadRefused("This file is empty. Choose another one.")
    if file.size > MAX_BYTES:
        raise UploadRefused(
            "This file is larger than 20 MB. Scan it at a lower quality, "
            "or split it into several files."
        )
    content = file.read()
    content_type = _type_of(content)
    extension = PurePath(file.name or "").suffix.lower()
    if content_type not in EXTENSIONS:
        raise UploadRefused(
            "We can keep PDF, JPEG and PNG files. Save this one as a PDF, "
            "or take a photo of it."
        )
    if extension not in EXTENSIONS[content_type]:
        raise UploadRefused(
            f"The name of this file ends in “{extension or 'nothing'}”, but it is a "
            f"{sorted(EXTENSIONS[content_type])[0][1:].upper()}. Rename it and try "
            "again."
        )
    if content_type.startswith("image/"):
        content = _rewritten(content, content_type)
    return Upload(content, content_type, extension)


def _type_of(content: bytes) -> str:
    try:
        found = puremagic.from_string(content[:8192], mime=True)
    except puremagic.PureError:
        return ""
    return str(found)


def _rewritten(content: bytes, content_type: str) -> bytes:
    unreadable = UploadRefused(
        "We can't open this picture. It may be damaged: open it on your device, save "
        "it again and try once more."
    )
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UploadRefused(
                    "This picture has too many pixels. Save it at a smaller size."
                )
            upright = ImageOps.exif_transpose(image)
            out = BytesIO()
            if content_type == "image/jpeg":
                upright.convert("RGB").save(out, "JPEG", quality=88, optimize=True)
            else:
                upright.save(out, "PNG", optimize=True)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise unreadable from error
    return out.getvalue()


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
