from django.conf import settings
from django.db import models

from foundation.models import Timestamped


class Channel(models.TextChoices):
    EMAIL = "EMAIL", "E-mail"
    SMS = "SMS", "Text message"
    IN_APP = "IN_APP", "In the portal"


class Preference(Timestamped):
    """Somebody said whether a channel may be used for reminders to them.

    Without a row the channel is on. What people must be told (a cancelled visit) is
    sent all the same, by e-mail at least.
    """

    patient = models.ForeignKey(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="preferences",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="preferences",
    )
    channel = models.CharField(max_length=8, choices=Channel)
    is_enabled = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user", "channel"],
                name="preference_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(patient__isnull=False, user__isnull=True)
                | models.Q(patient__isnull=True, user__isnull=False),
                name="preference_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {'on' if self.is_enabled else 'off'}"
