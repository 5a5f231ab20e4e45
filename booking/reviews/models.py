from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Waited(models.TextChoices):
    """How long somebody waited, by their own word."""

    ON_TIME = "ON_TIME", "Not at all, or a few minutes"
    QUARTER = "QUARTER", "Up to 15 minutes"
    HALF = "HALF", "Up to 30 minutes"
    LONGER = "LONGER", "Longer"


class Answer(models.TextChoices):
    YES = "YES", "Yes"
    PARTLY = "PARTLY", "Partly"
    NO = "NO", "No"


class Review(Personal, Public, Timestamped):
    """What somebody says about a visit that they had: once for each visit.

    The clinic shows it or does not, and never changes a word. `comment` is sealed, as
    people write about their health; what is shown stands open in `words`, the same.
    """

    reads = Reads(Category.APPOINTMENTS, patient="appointment__patient_id")

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waits to be read"
        SHOWN = "SHOWN", "On the website"
        HIDDEN = "HIDDEN", "Not shown"
        WITHDRAWN = "WITHDRAWN", "Taken back"

    MOVES: dict[str, set[str]] = {
        Status.WAITING: {Status.SHOWN, Status.HIDDEN, Status.WITHDRAWN},
        # What is changed is read anew.
        Status.SHOWN: {Status.HIDDEN, Status.WAITING, Status.WITHDRAWN},
        Status.HIDDEN: {Status.SHOWN, Status.WAITING, Status.WITHDRAWN},
        Status.WITHDRAWN: {Status.WAITING},
    }

    appointment = models.OneToOneField(
        "booking.Appointment", on_delete=models.CASCADE, related_name="review"
    )
    # Of the visit, so that a doctor's are found at once.
    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.PROTECT, related_name="reviews"
    )
    stars = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    waited = models.CharField(max_length=8, choices=Waited)
    listened = models.CharField(max_length=6, choices=Answer)
    again = models.CharField(max_length=6, choices=Answer)
    comment = EncryptedTextField(max_length=1000, blank=True)
    words = models.TextField(
        max_length=1000,
        blank=True,
        help_text="The comment as everybody reads it; empty unless it is shown.",
    )
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    written_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = EncryptedTextField(
        max_length=500, blank=True, help_text="Why it is not shown, to its author."
    )
    reply = models.TextField(
        max_length=1000, blank=True, help_text="The clinic's, for everybody."
    )
    replied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["doctor", "-written_at"],
                condition=Q(status="SHOWN"),
                name="review_shown",
            ),
            models.Index(
                fields=["written_at"],
                condition=Q(status="WAITING"),
                name="review_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5), name="review_stars_1_to_5"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["SHOWN", "HIDDEN"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="review_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Review {self.public_id}"


class ReviewAsk(models.Model):
    """The claim on asking about one visit: it was asked, once."""

    appointment = models.OneToOneField(
        "booking.Appointment", on_delete=models.CASCADE, related_name="review_ask"
    )
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"asked about {self.appointment_id}"
