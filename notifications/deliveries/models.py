from django.conf import settings
from django.db import models

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedJSONField, EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads
from foundation.texting import TextSize, text_size
from notifications.preferences.models import Channel


class Kind(models.TextChoices):
    """How much a message matters: what may hold it back, and what may not."""

    # Whom it bothers may turn it off, and it keeps quiet at night.
    REMINDER = "REMINDER", "Reminder"
    # Not about care: only for patients who have said yes to news, and quiet at night.
    MARKETING = "MARKETING", "News and offers"
    # Must be known: by e-mail always. A text message waits for the morning.
    NEWS = "NEWS", "News"
    # Must be known now, at night too.
    URGENT = "URGENT", "Urgent"
    # As urgent, and a secret: its words are erased once it is on its way.
    CODE = "CODE", "Sign-in code"


class Delivery(Personal, Public, Timestamped):
    """One message to one person over one channel, and how far it got."""

    reads = Reads(Category.MESSAGES, patient="patient_id")

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        SENDING = "SENDING", "Sending"
        SENT = "SENT", "Sent"
        DELIVERED = "DELIVERED", "Delivered"
        FAILED = "FAILED", "Failed"
        NOT_CONFIGURED = "NOT_CONFIGURED", "Not configured"
        SUPPRESSED = "SUPPRESSED", "Not wanted"

    dedupe_key = models.CharField(max_length=120)
    event = models.CharField(max_length=60)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.NEWS)
    channel = models.CharField(max_length=8, choices=Channel)
    patient = models.ForeignKey(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    to_name = models.CharField(max_length=300, blank=True)
    to_address = models.CharField(max_length=254, blank=True)
    subject = EncryptedTextField(max_length=200, blank=True)
    body_text = EncryptedTextField(blank=True)
    body_html = EncryptedTextField(blank=True)
    link = models.CharField(
        max_length=300, blank=True, help_text="A path of this site, or an address."
    )
    short_code = models.CharField(
        max_length=12, blank=True, help_text="Stands for the link in a text message."
    )
    attachments = EncryptedJSONField(
        default=list, help_text="Objects with name, content_type and content (text)."
    )
    status = models.CharField(max_length=14, choices=Status, default=Status.QUEUED)
    send_after = models.DateTimeField(help_text="Quiet hours move this on.")
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="Not worth sending from then on."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="The desk dealt with the failure."
    )

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["send_after"],
                condition=models.Q(status__in=["QUEUED", "SENDING"]),
                name="delivery_due",
            ),
            models.Index(
                fields=["-created_at"],
                condition=models.Q(status="FAILED"),
                name="delivery_failed",
            ),
            models.Index(fields=["patient", "-created_at"], name="delivery_by_patient"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "channel"], name="delivery_once_per_channel"
            ),
            models.UniqueConstraint(
                fields=["short_code"],
                condition=~models.Q(short_code=""),
                name="delivery_by_short_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} by {self.channel}"

    @property
    def about(self) -> str:
        """What it is about in a few words, for lists of texts without a subject."""
        return self.event.replace("_", " ").capitalize()

    @property
    def size(self) -> TextSize:
        """How long it is as a text message."""
        return text_size(self.body_text)
