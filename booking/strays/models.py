from django.conf import settings
from django.db import models

from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


class StrayDecision(Public, Timestamped):
    """What the clinic decided on a visit that lies outside the hours, as long as the
    visit is at `starts_at`. Which visits do, nobody stores: the calendar says it.

    A visit that was moved, handed over or cancelled is no stray any more, and needs no
    row.
    """

    class Kind(models.TextChoices):
        KEPT = "KEPT", "Stays at its time"
        OFFERED = "OFFERED", "The patient was asked to choose another time"

    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.CASCADE, related_name="stray_decisions"
    )
    starts_at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=Kind)
    reason = EncryptedTextField(
        max_length=300, blank=True, help_text="In words for the patient."
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at"], name="one_decision_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.starts_at}"
