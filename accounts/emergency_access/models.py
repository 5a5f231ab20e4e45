from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.patients.models import Patient
from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads

LONGEST = timedelta(minutes=60)


class EmergencyAccessQuerySet(models.QuerySet["EmergencyAccess"]):
    def open_at(self, at: datetime) -> "EmergencyAccessQuerySet":
        """Those that let somebody in at `at`."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class EmergencyAccess(Personal, Public, Timestamped):
    """Somebody who works here opened one patient's record without treating them.

    `ends_at` moves forward when they end it early. The reason is their own words, for
    the medical administration and the patient; it may be clinical and leaves this table
    for neither logs nor messages.
    """

    reads = Reads(Category.EMERGENCY, patient="patient_id")

    class Review(models.TextChoices):
        WAITING = "WAITING", "To be reviewed"
        REVIEWED = "REVIEWED", "Reviewed"
        QUERIED = "QUERIED", "Queried"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="emergency_accesses"
    )
    roles = models.CharField(
        max_length=200, help_text="What they were here at that moment, in words."
    )
    reason = EncryptedTextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="End exclusive.")
    review = models.CharField(max_length=10, choices=Review, default=Review.WAITING)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = EncryptedTextField(blank=True)

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-starts_at"], name="emergency_by_user")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at"))
                & Q(ends_at__lte=F("starts_at") + LONGEST),
                name="emergency_at_most_an_hour",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")),
                name="emergency_reviewed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} and {self.patient}"
