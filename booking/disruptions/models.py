from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


class DisruptionQuerySet(models.QuerySet["Disruption"]):
    def delays(self, at: datetime) -> "DisruptionQuerySet":
        """Those by which a doctor runs late at `at`."""
        return self.filter(
            kind=Disruption.Kind.LATE, ended_at=None, made_at__lte=at, ends_at__gt=at
        )


class Disruption(Public, Timestamped):
    """A doctor's day does not go as booked, between two moments.

    Everywhere, or at `location` alone. AWAY cancels what is booked in it; which visits
    these are, and what is still to be done, is read from the visits themselves. LATE
    changes no time: patients are told, until `ended_at`. One said of a location holds
    there before one said of everywhere.
    """

    class Kind(models.TextChoices):
        AWAY = "AWAY", "Away"
        LATE = "LATE", "Running late"

    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="disruptions"
    )
    kind = models.CharField(max_length=4, choices=Kind)
    location = models.ForeignKey(
        "clinic.Location",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where it holds; empty: everywhere.",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="By how much everything is later."
    )
    reason = EncryptedTextField(
        max_length=300, blank=True, help_text="In words for the patients."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    idempotency_key = models.UUIDField(unique=True)

    objects = DisruptionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["doctor", "ends_at"], name="disruption_by_doctor")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="disruption_forwards"
            ),
            models.CheckConstraint(
                condition=Q(kind="LATE", minutes__gt=0) | Q(kind="AWAY", minutes=None),
                name="late_by_minutes",
            ),
            models.UniqueConstraint(
                fields=["doctor", "location"],
                condition=Q(kind="LATE", ended_at=None),
                name="one_delay_at_a_time",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_at} to {self.ends_at}"
