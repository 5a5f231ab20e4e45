from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.users.models import Role
from foundation.models import Public, Timestamped


class GrantQuerySet(models.QuerySet["Grant"]):
    def waiting(self, at: datetime) -> "GrantQuerySet":
        """Those that a second administrator can still answer."""
        return self.filter(status=Grant.Status.WAITING, expires_at__gt=at)


class Grant(Public, Timestamped):
    """A powerful role that one administrator wants to give, until a second agrees."""

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting for a second administrator"
        CONFIRMED = "CONFIRMED", "Confirmed"
        REFUSED = "REFUSED", "Refused"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants"
    )
    role = models.CharField(max_length=20, choices=Role)
    place = models.ForeignKey(
        "accounts.Place",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "place"],
                condition=Q(status="WAITING"),
                name="grant_waits_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(status="CONFIRMED")
                | (
                    Q(answered_by__isnull=False)
                    & ~Q(answered_by=models.F("asked_by"))
                    & ~Q(answered_by=models.F("user"))
                ),
                name="grant_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} for {self.user}"
