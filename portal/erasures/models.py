import uuid

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q

from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


def clinical_storage() -> Storage:
    """The private, sealed storage of clinical files, on a disk or in a bucket."""
    return storages["clinical"]


def kept_path(erasure: "Erasure", filename: str) -> str:
    """A random name: whose record it is does not reach the storage."""
    return f"kept/{uuid.uuid4().hex}"


class Ground(models.TextChoices):
    """By which words of the law a wish is granted or refused (GDPR, UK GDPR)."""

    NOT_NEEDED = (
        "NOT_NEEDED",
        "17(1)(a): no longer needed for its purpose",
    )
    CONSENT = "CONSENT", "17(1)(b): consent was withdrawn"
    OBJECTION = "OBJECTION", "17(1)(c): the person objects"
    UNLAWFUL = "UNLAWFUL", "17(1)(d): it should not have been collected"
    MUST_KEEP = "MUST_KEEP", "17(3)(b): the law obliges us to keep it"
    HEALTH = "HEALTH", "17(3)(c): public health"
    CLAIMS = "CLAIMS", "17(3)(e): legal claims"
    UNFOUNDED = "UNFOUNDED", "12(5): manifestly unfounded or repeated"
    NOT_PROVED = "NOT_PROVED", "12(6): who asks has not shown who they are"


GRANTS = frozenset(
    {Ground.NOT_NEEDED, Ground.CONSENT, Ground.OBJECTION, Ground.UNLAWFUL}
)


class Erasure(Public, Timestamped):
    """A person's wish that their data be erased, what was decided, and what was done.

    Medical administration decides, an administrator releases it, a job carries it out
    step by step. What the law keeps moves into `kept`, a sealed file of its own.
    """

    class Status(models.TextChoices):
        ASKED = "ASKED", "Waits to be checked"
        APPROVED = "APPROVED", "Approved, waits for an administrator"
        REFUSED = "REFUSED", "Refused"
        WITHDRAWN = "WITHDRAWN", "Taken back"
        RUNNING = "RUNNING", "Being erased"
        DONE = "DONE", "Erased"

    MOVES: dict[str, set[str]] = {
        Status.ASKED: {Status.APPROVED, Status.REFUSED, Status.WITHDRAWN},
        Status.APPROVED: {Status.RUNNING, Status.WITHDRAWN},
        Status.RUNNING: {Status.DONE},
    }

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="erasures"
    )
    patient = models.ForeignKey(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="erasures",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    words = EncryptedTextField(
        max_length=1000, blank=True, help_text="What the person said with it."
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    ground = models.CharField(max_length=12, choices=Ground, blank=True)
    reason = EncryptedTextField(
        max_length=1000, blank=True, help_text="Said to the person."
    )
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    released_at = models.DateTimeField(null=True, blank=True)
    done = models.JSONField(default=list, help_text="Steps that are finished.")
    report = models.JSONField(
        default=dict, help_text="Rows by table and what became of them."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    kept = models.FileField(storage=clinical_storage, upload_to=kept_path, blank=True)
    kept_size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    kept_until = models.DateField(
        null=True, blank=True, help_text="The day from which the rest goes too."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(status__in=["ASKED", "APPROVED", "RUNNING"]),
                name="erasure_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["APPROVED", "REFUSED", "RUNNING", "DONE"])
                | Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(ground="")
                & ~Q(decided_by=F("user")),
                name="erasure_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["RUNNING", "DONE"])
                | Q(released_by__isnull=False)
                & ~Q(released_by=F("decided_by"))
                & ~Q(released_by=F("user")),
                name="erasure_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"Erasure {self.public_id}"


OPEN = (Erasure.Status.ASKED, Erasure.Status.APPROVED, Erasure.Status.RUNNING)
