from uuid import uuid4

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models

from foundation.models import Public


def clinical_storage() -> Storage:
    """The private storage of clinical files, by settings a disk or a bucket."""
    return storages["clinical"]


def part_path(part: "UploadPart", filename: str) -> str:
    """A name of its own, so that two that arrive at once never share one."""
    key = uuid4().hex
    return f"uploads/{key[:2]}/{key}"


class Upload(Public):
    """A file on its way to a patient's record, in parts. It is no document yet.

    Its name stays with whoever sends it, but for the ending. `sha256` is what the
    sender says of the whole file; empty where their browser can't tell.
    """

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="uploads"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    size = models.PositiveIntegerField(help_text="Bytes of the whole file.")
    ending = models.CharField(max_length=12, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["uploaded_by", "created_at"], name="upload_by_sender")
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class UploadPart(models.Model):
    """Bytes of an upload that arrived whole, sealed, from `offset` on."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    offset = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    file = models.FileField(storage=clinical_storage, upload_to=part_path)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["upload", "offset"], name="upload_part_arrives_once"
            ),
            models.CheckConstraint(
                condition=models.Q(size__gt=0), name="upload_part_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size} bytes from {self.offset} on"
