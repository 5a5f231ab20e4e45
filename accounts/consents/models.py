import hashlib

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.patients.models import Patient
from accounts.proxies.models import Proxy
from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Purpose(models.TextChoices):
    """What a consent is for."""

    CARE = "CARE", "Privacy notice and booking terms"
    MARKETING = "MARKETING", "News and offers"
    SHARING = "SHARING", "Sharing with other providers"
    RECORDING = "RECORDING", "Recording of calls and visits"
    RESEARCH = "RESEARCH", "Research and statistics"


# What people may say yes or no to as they like. CARE is agreed to with each booking.
OPTIONAL = (Purpose.MARKETING, Purpose.SHARING, Purpose.RECORDING, Purpose.RESEARCH)

PRINT = "^[0-9a-f]{64}$"


def fingerprint(purpose: str, version: int, title: str, body: str) -> str:
    """SHA-256 (hex) of a text as it was shown: what a consent is proof of."""
    parts = "\n".join([purpose, str(version), title, body])
    return hashlib.sha256(parts.encode()).hexdigest()


class ConsentText(Public, Timestamped):
    """One version of the words that people agree to. What is published never changes,
    in the database itself: a later wording is a later version."""

    purpose = models.CharField(max_length=10, choices=Purpose)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=6000)
    is_material = models.BooleanField(
        default=True,
        help_text="Another meaning: who agreed to an earlier version is asked again.",
    )
    sha256 = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "version"], name="consent_text_version_once"
            ),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=Q(published_at=None),
                name="consent_text_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(sha256__regex=PRINT),
                name="consent_text_published_has_print",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class Consent(Personal, Public):
    """What somebody said to one version of a text, once. Rows are only added; the
    latest of a purpose counts (`accounts.consents.queries.holds`)."""

    reads = Reads(Category.CONSENTS, patient="patient_id")

    class Decision(models.TextChoices):
        GIVEN = "GIVEN", "Agreed"
        REFUSED = "REFUSED", "Said no"
        WITHDRAWN = "WITHDRAWN", "Taken back"

    class Via(models.TextChoices):
        PORTAL = "PORTAL", "In the account"
        BOOKING = "BOOKING", "When booking"
        LINK = "LINK", "By a link in a message"

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="consents"
    )
    text = models.ForeignKey(
        ConsentText, on_delete=models.PROTECT, related_name="consents"
    )
    purpose = models.CharField(max_length=10, choices=Purpose)
    decision = models.CharField(max_length=10, choices=Decision)
    sha256 = models.CharField(max_length=64, help_text="Of the text that was shown.")
    via = models.CharField(max_length=8, choices=Via)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: a guest, or whoever followed a link in a message.",
    )
    relation = models.CharField(
        max_length=10,
        choices=Proxy.Relation,
        blank=True,
        help_text="What the actor was to the patient, where they acted for them.",
    )
    address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "purpose", "-id"], name="consent_by_patient"
            ),
            models.Index(fields=["purpose", "patient", "-id"], name="consent_latest"),
        ]
        constraints = [
            # A draft has none, so nobody agrees to one.
            models.CheckConstraint(
                condition=Q(sha256__regex=PRINT), name="consent_has_print"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.text}"
