from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class ProviderEvent(Personal, Public, Timestamped):
    """The inbox of webhooks: what the provider told us, once each.

    It says where to look, never what is true: the job reads the payment anew.
    """

    reads = Reads(Category.PAYMENTS, patient="payment__patient_id")

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "Received"
        HANDLED = "HANDLED", "Handled"
        IGNORED = "IGNORED", "Not for us"
        DEAD = "DEAD", "Given up"

    MOVES: dict[str, set[str]] = {
        Status.RECEIVED: {Status.HANDLED, Status.IGNORED, Status.DEAD},
        Status.DEAD: {Status.RECEIVED},
    }

    provider = models.CharField(max_length=20)
    provider_event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    is_live = models.BooleanField()
    payment = models.ForeignKey(
        "billing.Payment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="events",
        help_text="The payment that the event names; empty: not one of ours.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["RECEIVED", "DEAD"]),
                name="provider_event_waiting",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_event_id"], name="provider_event_once"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["RECEIVED", "HANDLED", "DEAD"])
                | Q(payment__isnull=False),
                name="provider_event_has_payment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_event_id}"
