from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from booking.appointments.models import Party
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped


class MoveQuerySet(models.QuerySet["Move"]):
    def waiting(self, at: datetime) -> "MoveQuerySet":
        """Those that can be answered at `at`: a lapsed one can not, swept or not."""
        return self.filter(
            status=Move.Status.ASKED,
            expires_at__gt=at,
            appointment__status="CONFIRMED",
        )


class Move(Public, Timestamped):
    """Another time for a booked visit, asked for or given: the history of its times.

    ASKED waits for the doctor until `expires_at`. Meanwhile `hold`, an appointment
    that nobody comes to, holds the new time, and the visit keeps the old one. So an
    answer that never comes leaves everything as it was, by itself.
    """

    class Status(models.TextChoices):
        ASKED = "ASKED", "Waits for an answer"
        DONE = "DONE", "Moved"
        DECLINED = "DECLINED", "Declined"
        EXPIRED = "EXPIRED", "Not answered in time"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    MOVES: dict[str, set[str]] = {
        Status.ASKED: {
            Status.DONE,
            Status.DECLINED,
            Status.EXPIRED,
            Status.WITHDRAWN,
        },
    }

    appointment = models.ForeignKey(
        "booking.Appointment", on_delete=models.CASCADE, related_name="moves"
    )
    status = models.CharField(max_length=10, choices=Status)
    by = models.CharField(max_length=10, choices=Party)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: by the link in a message.",
    )
    # An earlier time that the clinic offered them: no move of theirs that counts.
    is_from_waitlist = models.BooleanField(default=False, db_default=False)
    reason = EncryptedTextField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    from_starts_at = models.DateTimeField()
    from_location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="+"
    )
    to_starts_at = models.DateTimeField()
    to_location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="+"
    )
    # Where the visit was given to another doctor, at its own time.
    from_doctor = models.ForeignKey(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    to_doctor = models.ForeignKey(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    hold = models.OneToOneField(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    answer = EncryptedTextField(
        max_length=300, blank=True, help_text="Why not, in words for the patient."
    )
    idempotency_key = models.UUIDField(unique=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["appointment", "asked_at"], name="move_by_time"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status="ASKED"),
                name="move_lapsing",
            ),
            # What moves have left free, for whoever waits for a time.
            models.Index(
                fields=["from_starts_at"],
                condition=Q(status="DONE"),
                name="move_left",
            ),
            models.Index(
                fields=["to_starts_at"],
                condition=Q(
                    is_from_waitlist=True,
                    status__in=["DECLINED", "EXPIRED", "WITHDRAWN"],
                ),
                name="move_not_taken",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status="ASKED"),
                name="one_move_asked_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="ASKED") | Q(expires_at__isnull=False),
                name="asked_move_expires",
            ),
            models.CheckConstraint(
                condition=Q(from_doctor=None, to_doctor=None)
                | Q(
                    from_doctor__isnull=False,
                    to_doctor__isnull=False,
                    from_starts_at=F("to_starts_at"),
                ),
                name="handed_over_at_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_starts_at} to {self.to_starts_at} ({self.status})"
