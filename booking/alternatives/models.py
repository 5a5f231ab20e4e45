from django.conf import settings
from django.db import models

from booking.appointments.models import Party
from foundation.models import Public, Timestamped


class Alternative(Public, Timestamped):
    """What became of a visit that the clinic had to cancel: the visit that was chosen
    instead, or (without one) that none is wanted. Which times are offered, nobody
    stores: they are what is free. Without a row nobody has answered."""

    appointment = models.OneToOneField(
        "booking.Appointment", on_delete=models.CASCADE, related_name="alternative"
    )
    chosen = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    by = models.CharField(max_length=10, choices=Party)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: by the link in a message.",
    )
    answered_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.appointment_id} by {self.chosen_id}"
