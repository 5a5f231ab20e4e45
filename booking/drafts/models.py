from django.db import models

from foundation.encryption.fields import EncryptedJSONField
from foundation.models import Timestamped


class Draft(Timestamped):
    """What a visitor has told us so far on the way to a booking.

    Its token stands in the address of every step and opens only in the browser that
    began it (the session remembers it). Swept a day after the last change.
    """

    token = models.UUIDField(unique=True)
    specialty = models.ForeignKey(
        "clinic.Specialty",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    for_patient = models.ForeignKey(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whom it is for, where somebody books for another.",
    )
    offering = models.ForeignKey(
        "clinic.Offering",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    appointment = models.OneToOneField(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="draft",
    )
    answers = EncryptedJSONField(
        default=dict,
        bound_to="token",
        help_text="What was typed, by field, right or wrong.",
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="The visitor's, IANA name."
    )

    def __str__(self) -> str:
        return str(self.token)
