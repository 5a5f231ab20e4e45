from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads

# GDPR 33(1): the authority is told within this time of the clinic becoming aware.
WITHIN = timedelta(hours=72)


class Breach(Personal, Public, Timestamped):
    """Data of people got where they should not: what is known, whom it reached, and
    who was told (GDPR 33 and 34). Whom it reached is read from the access log."""

    reads = Reads(Category.ACCESS_LOG)

    class Risk(models.TextChoices):
        NONE = "NONE", "Unlikely to harm anybody"
        SOME = "SOME", "May harm people: the authority is told"
        HIGH = "HIGH", "Likely to harm people: they are told as well"

    title = models.CharField(max_length=120)
    noticed_at = models.DateTimeField(help_text="When the clinic became aware.")
    since = models.DateTimeField()
    until = models.DateTimeField(help_text="End exclusive.")
    # Which entries of the log: those that fit all of these that are set.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    session_ref = models.CharField(max_length=32, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    is_everything = models.BooleanField(
        default=False, help_text="Every entry of that time, whoever made it."
    )
    # Besides: things that are gone, whoever looked at them.
    objects_text = models.TextField(
        blank=True, help_text="Public ids and patient numbers, one a line."
    )
    risk = models.CharField(max_length=4, choices=Risk, default=Risk.SOME)
    nature = EncryptedTextField(blank=True)
    consequences = EncryptedTextField(blank=True)
    measures = EncryptedTextField(blank=True)
    contact = EncryptedTextField(blank=True)
    delay_reason = EncryptedTextField(blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    authority_told_at = models.DateTimeField(null=True, blank=True)
    people_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "breaches"
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="breach_forwards"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def due_at(self) -> datetime:
        """Until when the authority must be told."""
        return self.noticed_at + WITHIN

    def is_overdue(self, at: datetime) -> bool:
        """Whether the authority was told too late, or not yet though it is late."""
        return (self.authority_told_at or at) > self.due_at
