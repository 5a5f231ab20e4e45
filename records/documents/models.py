from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


def clinical_storage() -> Storage:
    """The private storage of clinical files, by settings a disk or a bucket."""
    return storages["clinical"]


def document_path(document: "Document", filename: str) -> str:
    """A random name: the patient's file name never reaches the storage."""
    return f"documents/{document.public_id.hex[:2]}/{document.public_id.hex}"


class Document(Personal, Public, Timestamped):
    """A file in a patient's record."""

    reads = Reads(Category.DOCUMENTS, patient="patient_id")

    class Category(models.TextChoices):
        LETTER = "LETTER", "Letter"
        REFERRAL = "REFERRAL", "Referral"
        RESULT = "RESULT", "Test result"
        IMAGE = "IMAGE", "Image or photo"
        PRESCRIPTION = "PRESCRIPTION", "Prescription"
        INSURANCE = "INSURANCE", "Insurance"
        OTHER = "OTHER", "Other"

    class State(models.TextChoices):
        QUARANTINED = "QUARANTINED", "Being checked"
        CLEAN = "CLEAN", "Ready"
        REFUSED = "REFUSED", "Refused"

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="documents"
    )
    appointment = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="documents",
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    category = models.CharField(max_length=12, choices=Category)
    title = EncryptedTextField(max_length=160)
    file = models.FileField(storage=clinical_storage, upload_to=document_path)
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State, default=State.QUARANTINED)
    scanned_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When a virus scanner said it is clean; empty where none was set up.",
    )
    is_shared_with_patient = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-created_at"], name="document_by_patient"),
            models.Index(
                fields=["uploaded_by", "created_at"], name="document_by_adder"
            ),
            models.Index(
                fields=["created_at"],
                condition=~models.Q(state="CLEAN"),
                name="document_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return self.title
