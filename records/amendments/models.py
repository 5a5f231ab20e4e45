from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Part(models.TextChoices):
    """What of the record is meant."""

    IDENTITY = "IDENTITY", "Name and contacts"
    VISIT = "VISIT", "A visit"
    DOCUMENT = "DOCUMENT", "A document"
    PRESCRIPTION = "PRESCRIPTION", "A prescription"
    OTHER = "OTHER", "Something else"


class Amendment(Personal, Public, Timestamped):
    """A patient asks for a correction, and the clinic's answer: both stay in the
    record, beside what they are about, which stays as it was written.

    ONC 170.315(d)(4); 45 CFR 164.526; GDPR 16. The database keeps who asked, when,
    about what, and the answer once it is given; a request goes with what it is about,
    when the law lets that go.
    """

    reads = Reads(Category.AMENDMENTS, patient="patient_id")

    class Status(models.TextChoices):
        ASKED = "ASKED", "Waits for an answer"
        ACCEPTED = "ACCEPTED", "Accepted"
        DENIED = "DENIED", "Not accepted"

    MOVES: dict[str, set[str]] = {Status.ASKED: {Status.ACCEPTED, Status.DENIED}}

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="amendments"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    part = models.CharField(max_length=12, choices=Part)
    appointment = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="amendments",
    )
    document = models.ForeignKey(
        "records.Document",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="amendments",
    )
    prescription = models.ForeignKey(
        "records.Prescription",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="amendments",
    )
    wrong = EncryptedTextField(help_text="What it says, in the patient's words.")
    right = EncryptedTextField(help_text="What it should say, in the patient's words.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="The patient must have an answer by then.")
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedTextField(blank=True, help_text="The clinic's, to the patient.")
    disagreement = EncryptedTextField(
        blank=True, help_text="What the patient says to a denial."
    )
    disagreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-asked_at"], name="amendment_by_patient"),
            models.Index(
                fields=["due_at"],
                condition=Q(status="ASKED"),
                name="amendment_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="ASKED", decided_by=None, decided_at=None)
                | (
                    Q(status__in=["ACCEPTED", "DENIED"])
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="amendment_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="amendment_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(disagreed_at=None) | Q(status="DENIED"),
                name="amendment_disagreed_after_denial",
            ),
            models.CheckConstraint(
                condition=Q(
                    part__in=["IDENTITY", "OTHER"],
                    appointment=None,
                    document=None,
                    prescription=None,
                )
                | Q(part="VISIT", appointment__isnull=False)
                & Q(document=None, prescription=None)
                | Q(part="DOCUMENT", document__isnull=False)
                & Q(appointment=None, prescription=None)
                | Q(part="PRESCRIPTION", prescription__isnull=False)
                & Q(appointment=None, document=None),
                name="amendment_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_part_display()}: {self.get_status_display()}"
