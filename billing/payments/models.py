from datetime import datetime

from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class PaymentQuerySet(models.QuerySet["Payment"]):
    def unanswered(self) -> "PaymentQuerySet":
        """Somebody may be paying them right now."""
        return self.filter(status__in=UNANSWERED)

    def awaited(self, at: datetime) -> "PaymentQuerySet":
        """Unanswered ones whose visit still waits for the money at `at`."""
        return self.unanswered().filter(
            appointment__status="HELD", appointment__hold_expires_at__gt=at
        )


class Payment(Personal, Public, Timestamped):
    """One try at collecting the money of one appointment.

    `public_id` is the idempotency key towards the provider and comes back in its
    metadata, so nothing depends on what the provider answered to us.
    """

    reads = Reads(Category.PAYMENTS, patient="patient_id")

    class Status(models.TextChoices):
        OPEN = "OPEN", "Payment due"
        PROCESSING = "PROCESSING", "Processing"
        SUCCEEDED = "SUCCEEDED", "Paid"
        FAILED = "FAILED", "Failed"
        EXPIRED = "EXPIRED", "Expired"
        FLAGGED = "FLAGGED", "Needs a look"
        # The money came but bought nothing: it goes back by itself.
        RETURNED = "RETURNED", "Sent back"

    class Returned(models.TextChoices):
        """Why money that came could not be kept."""

        TAKEN = "TAKEN", "The time had been taken"
        DOUBLE = "DOUBLE", "The visit was already paid"
        CANCELLED = "CANCELLED", "The visit was no longer on"
        CHANGED = "CHANGED", "The visit was for somebody else or another sum by then"

    MOVES: dict[str, set[str]] = {
        Status.OPEN: {
            Status.PROCESSING,
            Status.SUCCEEDED,
            Status.FAILED,
            Status.EXPIRED,
            Status.FLAGGED,
            Status.RETURNED,
        },
        Status.PROCESSING: {
            Status.SUCCEEDED,
            Status.FAILED,
            Status.EXPIRED,
            Status.FLAGGED,
            Status.RETURNED,
        },
        # Given up, and paid after all.
        Status.FAILED: {
            Status.PROCESSING,
            Status.SUCCEEDED,
            Status.FLAGGED,
            Status.RETURNED,
        },
        Status.EXPIRED: {
            Status.PROCESSING,
            Status.SUCCEEDED,
            Status.FLAGGED,
            Status.RETURNED,
        },
        # The provider's books were put right.
        Status.FLAGGED: {Status.SUCCEEDED, Status.RETURNED, Status.FAILED},
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
    idempotency_key = models.UUIDField(
        unique=True, help_text="Of the form that opened it: a double click is one."
    )
    is_live = models.BooleanField(default=False)
    return_path = models.CharField(
        max_length=200, help_text="The page that they pay from, and come back to."
    )
    session_id = models.CharField(max_length=120, blank=True)
    session_url = models.URLField(max_length=2000, blank=True)
    session_expires_at = models.DateTimeField()
    intent_id = models.CharField(max_length=120, blank=True)
    received = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="What the provider says it took, in the payment's currency.",
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(
        max_length=60, blank=True, help_text="The provider's word for the last refusal."
    )
    returned = models.CharField(max_length=10, choices=Returned, blank=True)
    flag = models.CharField(
        max_length=200, blank=True, help_text="What does not match."
    )

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["OPEN", "PROCESSING"]),
                name="payment_unanswered",
            ),
            models.Index(fields=["-created_at"], name="payment_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_0"),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="SUCCEEDED"),
                name="appointment_paid_once",
            ),
            # One page to pay at, so that nobody pays on two.
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status__in=["OPEN", "PROCESSING"]),
                name="appointment_one_open_payment",
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
            models.CheckConstraint(
                condition=~Q(status__in=["SUCCEEDED", "RETURNED"])
                | Q(paid_at__isnull=False, received=models.F("amount")),
                name="paid_in_full",
            ),
            models.CheckConstraint(
                condition=~Q(status="RETURNED") | ~Q(returned=""),
                name="returned_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.status})"


UNANSWERED = (Payment.Status.OPEN, Payment.Status.PROCESSING)
# The provider has money of these, or had it.
RECEIVED = (
    Payment.Status.SUCCEEDED,
    Payment.Status.RETURNED,
    Payment.Status.FLAGGED,
)
