from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def in_force(self, at: datetime) -> "RestrictionQuerySet":
        """Those that close a record at `at`; reckoned from dates, not from jobs."""
        return self.filter(
            Q(lifts_at=None) | Q(lifts_at__gt=at),
            status=Restriction.Status.STANDING,
            starts_at__lte=at,
        )


class Restriction(Personal, Public, Timestamped):
    """A patient wants their record kept, but not used (GDPR 18): while one is in force
    it opens to who treats them in an emergency only.

    Asked for by the patient and answered by medical administration, or placed by it
    when the patient asked by letter or telephone. STANDING may be over by its date.
    """

    reads = Reads(Category.RESTRICTIONS, patient="patient_id")

    class Status(models.TextChoices):
        ASKED = "ASKED", "Waits for an answer"
        STANDING = "STANDING", "In force"
        DENIED = "DENIED", "Not accepted"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    MOVES: dict[str, set[str]] = {
        Status.ASKED: {Status.STANDING, Status.DENIED, Status.WITHDRAWN}
    }

    class Ground(models.TextChoices):
        """GDPR 18(1), a to d."""

        ACCURACY = "ACCURACY", "Something in it is wrong, and is being looked into"
        UNLAWFUL = "UNLAWFUL", "It should not be held, but should not be erased either"
        CLAIMS = "CLAIMS", "It is needed for a legal claim"
        OBJECTION = "OBJECTION", "I have objected, and wait for your answer"

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="restrictions"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    ground = models.CharField(max_length=10, choices=Ground)
    words = EncryptedTextField(blank=True, help_text="The patient's own.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = EncryptedTextField(blank=True, help_text="The clinic's, to the patient.")
    starts_at = models.DateTimeField(null=True, blank=True)
    lifts_at = models.DateTimeField(null=True, blank=True, help_text="End exclusive.")
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lift_reason = EncryptedTextField(
        blank=True, help_text="Why the clinic ends it, to the patient."
    )

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(status="ASKED") | Q(status="STANDING", lifts_at=None),
                name="restriction_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="STANDING")
                | Q(starts_at__isnull=False, decided_by__isnull=False),
                name="restriction_standing_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(lifts_at=None) | Q(lifts_at__gte=F("starts_at")),
                name="restriction_forwards",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_ground_display()}: {self.get_status_display()}"

    def is_in_force(self, at: datetime) -> bool:
        """The answer of `in_force` for a row that is loaded."""
        return (
            self.status == self.Status.STANDING
            and self.starts_at is not None
            and self.starts_at <= at
            and (self.lifts_at is None or self.lifts_at > at)
        )
