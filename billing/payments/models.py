from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.models import Public, Timestamped


class Payment(Public, Timestamped):
    """One try at collecting the money of one appointment.

    `public_id` is the idempotency key towards the provider and comes back in its
    metadata, so nothing depends on what the provider answered to us.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", "Payment due"
        PROCESSING = "PROCESSING", "Processing"
        SUCCEEDED = "SUCCEEDED", "Paid"
        FAILED = "FAILED", "Failed"
        EXPIRED = "EXPIRED", "Expired"
        FLAGGED = "FLAGGED", "Needs a look"

    MOVES: dict[str, set[str]] = {
        Status.OPEN: {
            Status.PROCESSING,
            Status.SUCCEEDED,
            Status.FAILED,
            Status.EXPIRED,
            Status.FLAGGED,
        },
        Status.PROCESSING: {
            Status.SUCCEEDED,
            Status.FAILED,
            Status.EXPIRED,
            Status.FLAGGED,
        },
        Status.FAILED: {Status.PROCESSING, Status.SUCCEEDED, Status.FLAGGED},
        Status.EXPIRED: {Status.SUCCEEDED, Status.FLAGGED},
        Status.FLAGGED: {Status.SUCCEEDED, Status.FAILED},
    }

    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.PROTECT, related_name="payments"
    )
    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="payments"
    )
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    provider = models.CharField(max_length=20, default="stripe")
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    session_id = models.CharField(max_length=120, blank=True)
    session_url = models.URLField(max_length=2000, blank=True)
    intent_id = models.CharField(max_length=120, blank=True)
    idempotency_key = models.UUIDField(unique=True)
    is_live = models.BooleanField(default=False)
    paid_at = models.DateTimeField(null=True, blank=True)
    flag = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["OPEN", "PROCESSING"]),
                name="payment_unanswered",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_0"),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="SUCCEEDED"),
                name="appointment_paid_once",
            ),
            models.UniqueConstraint(
                fields=["provider", "session_id"],
                condition=~Q(session_id=""),
                name="payment_session_once",
            ),
            models.UniqueConstraint(
                fields=["provider", "intent_id"],
                condition=~Q(intent_id=""),
                name="payment_intent_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.status})"


class Refund(Public, Timestamped):
    """Money that goes back. `public_id` is its key towards the provider."""

    class Status(models.TextChoices):
        PENDING = "PENDING", "Refund on its way"
        SUCCEEDED = "SUCCEEDED", "Refunded"
        FAILED = "FAILED", "Refund failed"

    MOVES: dict[str, set[str]] = {
        Status.PENDING: {Status.SUCCEEDED, Status.FAILED},
        Status.FAILED: {Status.PENDING, Status.SUCCEEDED},
    }

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds"
    )
    amount = models.DecimalField(max_digits=9, decimal_places=2)
    reason = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    dedupe_key = models.CharField(
        max_length=120, unique=True, help_text="One refund for one cause."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_above_0")
        ]

    def __str__(self) -> str:
        return f"{self.amount} back ({self.status})"


class ProviderEvent(Timestamped):
    """The inbox of webhooks: what the provider told us, once each."""

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", "Received"
        HANDLED = "HANDLED", "Handled"
        IGNORED = "IGNORED", "Not for us"
        DEAD = "DEAD", "Given up"

    provider = models.CharField(max_length=20)
    provider_event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    is_live = models.BooleanField()
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_event_id"], name="provider_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.provider_event_id}"


class Finding(Timestamped):
    """What reconciliation found to differ between the provider's books and ours."""

    class Kind(models.TextChoices):
        DROPPED_EVENT = "DROPPED_EVENT", "The provider was paid and we did not know"
        DOUBLE = "DOUBLE", "Paid twice"
        FOREIGN = "FOREIGN", "A charge that is not ours"
        AMOUNT = "AMOUNT", "The sums differ"

    kind = models.CharField(max_length=14, choices=Kind)
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    object_id = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], name="finding_once_per_object"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.object_id}"
