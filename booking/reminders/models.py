from django.db import models

from clinic.locations.models import ReminderLead


class Reminder(models.Model):
    """The claim on one reminder: it is made, or it was skipped, once.

    `starts_at` is the visit's start at the time of claiming, so a moved visit is
    reminded anew, of a time that it comes back to not twice.
    """

    class Outcome(models.TextChoices):
        SENT = "SENT", "Handed to the channels"
        SKIPPED = "SKIPPED", "Too late to help"
        FAILED = "FAILED", "Could not be written"

    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.CASCADE, related_name="reminders"
    )
    lead = models.CharField(max_length=12, choices=ReminderLead)
    starts_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "lead", "starts_at"], name="reminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead} of {self.appointment_id}"
