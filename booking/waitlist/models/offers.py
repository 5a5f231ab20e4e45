from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from booking.waitlist.models.entries import WaitlistEntry
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public
from foundation.personal import Personal, Reads


class FreedTime(Public):
    """A time that a visit gave up. The row is the claim: each is considered once.

    While it is offered, `hold` keeps it; once somebody accepts, that is their visit.
    """

    class Status(models.TextChoices):
        NEW = "NEW", "Found"
        OFFERING = "OFFERING", "Being offered"
        TAKEN = "TAKEN", "Taken from the list"
        RELEASED = "RELEASED", "Open to everybody"
        SKIPPED = "SKIPPED", "Too near to be offered"
        LOST = "LOST", "Not free any more"

    MOVES: dict[str, set[str]] = {
        Status.NEW: {Status.OFFERING, Status.RELEASED, Status.SKIPPED, Status.LOST},
        Status.OFFERING: {
            Status.TAKEN,
            Status.RELEASED,
            Status.SKIPPED,
            Status.LOST,
        },
    }
    OPEN = (Status.NEW, Status.OFFERING)

    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.CASCADE, related_name="freed_times"
    )
    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="+"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.CASCADE, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    hold = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    found_at = models.DateTimeField()
    resume_at = models.DateTimeField(
        null=True, blank=True, help_text="Whoever is next sleeps until then."
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["found_at"],
                condition=Q(status__in=["NEW", "OFFERING"]),
                name="freed_time_open",
            ),
            models.Index(fields=["-found_at"], name="freed_time_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at"], name="freed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.status}"


class Offer(Personal, Public):
    """A freed time, offered to one who waits until `expires_at`."""

    reads = Reads(Category.APPOINTMENTS, patient="entry__patient_id")

    class Status(models.TextChoices):
        OPEN = "OPEN", "Waiting for an answer"
        ACCEPTED = "ACCEPTED", "Accepted"
        DECLINED = "DECLINED", "Declined"
        EXPIRED = "EXPIRED", "No answer in time"
        LOST = "LOST", "Taken by somebody else"
        WITHDRAWN = "WITHDRAWN", "Taken back"
        # Nobody was asked: the record says why.
        SKIPPED = "SKIPPED", "Passed by"

    MOVES: dict[str, set[str]] = {
        Status.OPEN: {
            Status.ACCEPTED,
            Status.DECLINED,
            Status.EXPIRED,
            Status.LOST,
            Status.WITHDRAWN,
        },
    }

    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="offers"
    )
    freed = models.ForeignKey(
        FreedTime, on_delete=models.CASCADE, related_name="offers"
    )
    offering = models.ForeignKey(
        "clinic.Offering", on_delete=models.CASCADE, related_name="+"
    )
    why = EncryptedTextField(help_text="Why it went to them, for who asks later.")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "freed"], name="offered_once_to_each"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status="OPEN"), name="one_open_offer"
            ),
            models.UniqueConstraint(
                fields=["freed"],
                condition=Q(status="ACCEPTED"),
                name="accepted_by_one",
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M} {self.status}"

    def is_open(self, at: datetime) -> bool:
        """Whether it can be accepted still."""
        return self.status == self.Status.OPEN and at < self.expires_at
