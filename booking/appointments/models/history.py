from django.conf import settings
from django.db import models

from booking.appointments.models.states import Status
from booking.appointments.models.visits import Appointment
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public


class StatusChange(Public):
    """One move of an appointment: from what, to what, when, by whom, why."""

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="status_changes"
    )
    from_status = models.CharField(max_length=16, choices=Status, blank=True)
    to_status = models.CharField(max_length=16, choices=Status)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    reason = EncryptedTextField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["appointment", "at"], name="change_by_time")]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} to {self.to_status}"
