from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit.entries.models import Category
from booking.waitlist.models import Part, Weekday
from foundation.models import Timestamped
from foundation.personal import Personal, Reads


class TimeWishes(Personal, Timestamped):
    """What times, place and language suit a patient, in their own word.

    What is empty does not matter to them. No time is hidden by it: it only moves some
    to the front.
    """

    reads = Reads(Category.APPOINTMENTS, patient="patient_id")

    patient = models.OneToOneField(
        "accounts.Patient", on_delete=models.CASCADE, related_name="time_wishes"
    )
    parts = ArrayField(
        models.CharField(max_length=9, choices=Part), default=list, blank=True
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=list, blank=True
    )
    location = models.ForeignKey(
        "clinic.Location",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    language = models.CharField(
        max_length=10, blank=True, help_text="That the doctor speaks; ISO 639."
    )
    wants_suggestions = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"What suits {self.patient_id}"
