from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Refund(Personal, Public, Timestamped):
    """Money that goes back. `public_id` is its key towards the provider."""

    reads = Reads(Category.PAYMENTS, patient="payment__patient_id")

    class Status(models.TextChoices):
        PENDING = "PENDING", "Refund on its way"
        SUCCEEDED = "SUCCEEDED", "Refunded"
        FAILED = "FAILED", "Refund failed"

    MOVES: dict[str, set[str]] = {
        Status.PENDING: {Status.SUCCEEDED, Status.FAILED},
        # Banks may send a refund back days later.
        Status.SUCCEEDED: {Status.FAILED},
        Status.FAILED: {Status.PENDING, Status.SUCCEEDED},
    }

    payment = models.ForeignKey(
        "billing.Payment", on_delete=models.PROTECT, related_name="refunds"
    )
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    dedupe_key = models.CharField(
        max_length=120, unique=True, help_text="One refund for one cause."
    )
    key_number = models.PositiveSmallIntegerField(
        default=1, help_text="Grows when the provider's memory of a key is spent."
    )
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)
    refunded_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider took it on."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: the clinic's rules did it.",
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status="PENDING"),
                name="refund_pending",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_above_0"),
            models.UniqueConstraint(
                fields=["provider_id"],
                condition=~Q(provider_id=""),
                name="refund_provider_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} back ({self.status})"

    @property
    def words_key(self) -> str:
        """The key of the status words: a refund that succeeded is not "Paid"."""
        return _WORDS[self.status]

    @property
    def provider_key(self) -> str:
        """The idempotency key of the next try: the same until it is spent."""
        return f"refund-{self.public_id}-{self.key_number}"


_WORDS: dict[str, str] = {
    Refund.Status.PENDING: "REFUND_PENDING",
    Refund.Status.SUCCEEDED: "REFUNDED",
    Refund.Status.FAILED: "REFUND_FAILED",
}
# This money has gone back, or is going: it cannot go back a second time.
COUNTED = (Refund.Status.PENDING, Refund.Status.SUCCEEDED)
