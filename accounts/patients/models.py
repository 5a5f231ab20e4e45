import uuid
from datetime import datetime

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


def picture_path(patient: "Patient", filename: str) -> str:
    """A random name: neither the person nor their file's name reaches the storage."""
    return f"pictures/{uuid.uuid4().hex}.jpg"


class Patient(Personal, Public, Timestamped):
    """A person who is, or is about to be, cared for.

    Exists without a user as long as the person has booked as a guest or came to the
    desk; `user` is set when they claim it after proving the e-mail address.
    """

    reads = Reads(Category.IDENTITY, patient="pk")

    class Sex(models.TextChoices):
        FEMALE = "FEMALE", "Female"
        MALE = "MALE", "Male"
        OTHER = "OTHER", "Other"
        UNKNOWN = "UNKNOWN", "Not recorded"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="patient",
    )
    number = models.CharField(
        max_length=20, unique=True, help_text="The clinic's own patient number."
    )
    first_name = models.CharField(max_length=150)
    last_name = models.CharField(max_length=150)
    birth_date = models.DateField()
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.UNKNOWN)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True, help_text="E.164.")
    address = EncryptedTextField(blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA name.")
    language = models.CharField(max_length=10, default="en")
    picture = models.FileField(
        storage=clinical_storage, upload_to=picture_path, blank=True
    )
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_records",
        help_text="The same person's record that took over everything of this one.",
    )

    class Meta:
        indexes = [
            models.Index(fields=["last_name", "first_name"], name="patient_by_name"),
            models.Index(fields=["email"], name="patient_by_email"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | models.Q(user=None),
                name="merged_patient_has_no_user",
            )
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CareRelationQuerySet(models.QuerySet["CareRelation"]):
    def active(self, at: datetime) -> "CareRelationQuerySet":
        """Relations that hold at `at`."""
        return self.filter(starts_at__lte=at).filter(
            models.Q(ends_at=None) | models.Q(ends_at__gt=at)
        )


class CareRelation(Timestamped):
    """A member of staff treats a patient, so they may reach the patient's data.

    Floors above write it as data when they make one (a visit, a referral), so that
    the ground floor can answer who may see whom.
    """

    class Source(models.TextChoices):
        VISIT = "VISIT", "A visit"
        REFERRAL = "REFERRAL", "A referral"
        ASSIGNMENT = "ASSIGNMENT", "An assignment"
        EMERGENCY = "EMERGENCY", "Emergency access"

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="care_relations"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=12, choices=Source)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = CareRelationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user", "source"], name="care_relation_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(source="EMERGENCY") | ~models.Q(ends_at=None),
                name="care_relation_emergency_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} and {self.patient}"
