from datetime import date

from django.conf import settings
from django.db import models

from foundation.models import Public, Timestamped


class Credential(Public, Timestamped):
    """What somebody must hold to work here: a licence, an insurance, a certificate."""

    class Kind(models.TextChoices):
        LICENCE = "LICENCE", "Licence"
        INSURANCE = "INSURANCE", "Insurance"
        CERTIFICATE = "CERTIFICATE", "Certificate"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="credentials"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    number = models.CharField(max_length=80)
    issuer = models.CharField(max_length=120)
    country = models.CharField(max_length=2, help_text="ISO 3166-1.")
    valid_until = models.DateField(
        null=True,
        blank=True,
        help_text="The last day on which it holds. Empty: always.",
    )
    document = models.CharField(
        max_length=200, blank=True, help_text="Where the paper is kept."
    )
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Replaced, or taken off by mistake."
    )

    class Meta:
        indexes = [models.Index(fields=["valid_until"], name="credential_by_end")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def is_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.valid_until is not None and self.valid_until < today


class CredentialWarning(Timestamped):
    """The claim that everybody was told once that a credential ends in so many days."""

    credential = models.ForeignKey(
        Credential, on_delete=models.CASCADE, related_name="warnings"
    )
    days = models.PositiveSmallIntegerField()
    valid_until = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credential", "days", "valid_until"],
                name="credential_warned_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.credential}, {self.days} days"


class LicenceRule(models.Model):
    """What the clinic does when a doctor's licence is over, in one row."""

    stops_bookings = models.BooleanField(
        default=True, help_text="Whether their new times go until it is renewed."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_licence_rule")
        ]

    def __str__(self) -> str:
        return "stops bookings" if self.stops_bookings else "goes on"
