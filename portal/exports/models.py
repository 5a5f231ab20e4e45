import uuid

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q

from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


def clinical_storage() -> Storage:
    """The private, sealed storage of clinical files, on a disk or in a bucket."""
    return storages["clinical"]


def archive_path(export: "Export", filename: str) -> str:
    """A random name: whose archive it is does not reach the storage."""
    return f"exports/{uuid.uuid4().hex}"


class Export(Public, Timestamped):
    """One person's copy of everything that is held about them, for a day at most."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting to begin"
        COLLECTING = "COLLECTING", "Being collected"
        READY = "READY", "Ready"
        FAILED = "FAILED", "Did not work"
        GONE = "GONE", "Deleted"

    MOVES: dict[str, set[str]] = {
        Status.WAITING: {Status.COLLECTING, Status.FAILED},
        # Once more: the worker went away in the middle.
        Status.COLLECTING: {Status.COLLECTING, Status.READY, Status.FAILED},
        Status.READY: {Status.GONE},
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker began on it."
    )
    is_between = models.BooleanField(
        default=False, help_text="One part is made, and the next not begun."
    )
    done = models.PositiveIntegerField(default=0, help_text="Tables and files.")
    total = models.PositiveIntegerField(default=0)
    file = models.FileField(
        storage=clinical_storage, upload_to=archive_path, blank=True
    )
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on it opens for nobody."
    )
    downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=["WAITING", "COLLECTING", "READY"]),
                name="export_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="READY")
                | Q(ready_at__isnull=False, expires_at__isnull=False) & ~Q(file=""),
                name="export_ready_is_there",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["FAILED", "GONE"]) | Q(file=""),
                name="export_gone_is_gone",
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.public_id}"


class ExportPart(Public, Timestamped):
    """The beginning of an archive that takes more than one job, in the order of
    `number`; what comes after all of them is the export's own file."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    file = models.FileField(storage=clinical_storage, upload_to="exports/")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    progress = EncryptedTextField(
        blank=True, help_text="What the next part goes on from; only in the last one."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["export", "number"], name="export_part_once"
            )
        ]

    def __str__(self) -> str:
        return f"Part {self.number} of {self.export_id}"


# There is, or will be, something to fetch.
OPEN = (Export.Status.WAITING, Export.Status.COLLECTING, Export.Status.READY)
