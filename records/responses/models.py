import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedJSONField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class QuestionnaireResponse(Personal, Public, Timestamped):
    """What a patient answered, or is answering, to a form before a visit.

    `answers` holds for each question's `link_id` a list of texts as they were typed;
    of a consent the name, and once it is sent the moment of signing (ISO 8601, UTC).
    Once sent it stays: the database keeps its state, whose it is and of which version,
    and an answer that changes makes a new response, `based_on` the one before.
    """

    reads = Reads(Category.FORMS, patient="patient_id")

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS", "Begun"
        COMPLETED = "COMPLETED", "Sent"

    MOVES: dict[str, set[str]] = {Status.IN_PROGRESS: {Status.COMPLETED}}

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="responses"
    )
    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.PROTECT, related_name="responses"
    )
    questionnaire = models.ForeignKey(
        "records.Questionnaire", on_delete=models.PROTECT, related_name="responses"
    )
    key = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text="The questionnaire's."
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_PROGRESS)
    answers = EncryptedJSONField(default=dict)
    based_on = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The response whose answers it began with.",
    )
    is_confirmed = models.BooleanField(
        default=False, help_text="The earlier answers were said to be right still."
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "key", "-completed_at"], name="response_by_patient"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "key"],
                condition=Q(status="IN_PROGRESS"),
                name="response_one_begun",
            ),
            models.CheckConstraint(
                condition=Q(status="IN_PROGRESS", completed_at=None, completed_by=None)
                | Q(
                    status="COMPLETED",
                    completed_at__isnull=False,
                    completed_by__isnull=False,
                ),
                name="response_completed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.questionnaire_id}"
