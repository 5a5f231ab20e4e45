from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.applications.models import TokenScope
from accounts.tokens.models import Authorisation
from foundation.models import Public, Timestamped

LONGEST_DAYS = 365


class MachineKey(Public, Timestamped):
    """A key with which a machine acts in the name of one person who works here: asked
    for by an administrator, until a second one agrees, and taken by the person alone.

    So none who decide on it ever hold it, unless they are the person themselves.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting for a second administrator"
        CONFIRMED = "CONFIRMED", "Waiting to be taken"
        REFUSED = "REFUSED", "Refused"
        TAKEN = "TAKEN", "Taken"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="machine_keys"
    )
    name = models.CharField(max_length=80, help_text="What the machine is.")
    scopes = ArrayField(models.CharField(max_length=40, choices=TokenScope))
    days = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)],
        help_text="How long it works once it is taken.",
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField(help_text="Until when it can be taken.")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    authorisation = models.OneToOneField(
        Authorisation, null=True, on_delete=models.SET_NULL, related_name="machine_key"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["CONFIRMED", "TAKEN"])
                | (
                    Q(answered_by__isnull=False)
                    & ~Q(answered_by=F("asked_by"))
                    & ~Q(answered_by=F("user"))
                ),
                name="machine_key_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=LONGEST_DAYS),
                name="machine_key_a_year_at_most",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be answered or taken."""
        return (
            self.status in (self.Status.WAITING, self.Status.CONFIRMED)
            and at < self.expires_at
        )
