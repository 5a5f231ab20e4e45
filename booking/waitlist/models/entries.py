from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads

NOON, EVENING = time(12), time(17)


class Weekday(models.IntegerChoices):
    """As Python counts them."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class Part(models.TextChoices):
    """A part of the day, by the clock of the place where the visit is."""

    MORNING = "MORNING", "Morning, before 12"
    AFTERNOON = "AFTERNOON", "Afternoon, 12 to 5pm"
    EVENING = "EVENING", "Evening, from 5pm"

    @classmethod
    def of(cls, wall: time) -> "Part":
        """The part in which a wall time lies."""
        if wall < NOON:
            return cls.MORNING
        return cls.AFTERNOON if wall < EVENING else cls.EVENING


class EntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def active(self) -> "EntryQuerySet":
        """Those who wait."""
        return self.filter(status=WaitlistEntry.Status.ACTIVE)


class WaitlistEntry(Personal, Public, Timestamped):
    """Somebody waits for a time: with a doctor or in a specialty, for one visit type.

    What is empty does not matter to them: place, weekdays, parts of the day, dates
    (first and last that suit, both included, by the clock of the place).
    """

    reads = Reads(Category.APPOINTMENTS, patient="patient_id")

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "Waiting"
        FULFILLED = "FULFILLED", "Has a time"
        WITHDRAWN = "WITHDRAWN", "Left the list"
        EXPIRED = "EXPIRED", "Over"

    MOVES: dict[str, set[str]] = {
        Status.ACTIVE: {Status.FULFILLED, Status.WITHDRAWN, Status.EXPIRED},
    }

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="waitlist_entries"
    )
    doctor = models.ForeignKey(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    specialty = models.ForeignKey(
        "clinic.Specialty",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    visit_type = models.ForeignKey(
        "clinic.VisitType", on_delete=models.CASCADE, related_name="+"
    )
    location = models.ForeignKey(
        "clinic.Location",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday), default=list, blank=True
    )
    parts = ArrayField(
        models.CharField(max_length=9, choices=Part), default=list, blank=True
    )
    earliest_date = models.DateField(null=True, blank=True)
    latest_date = models.DateField(null=True, blank=True)
    notice_hours = models.PositiveSmallIntegerField(
        default=2, help_text="How soon before the start an offer still suits."
    )
    replaces = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="waitlist_entries",
        help_text="The visit that an earlier time takes the place of.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    joined_at = models.DateTimeField()
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        indexes = [
            # The order of the list, for one doctor and for one specialty.
            models.Index(
                fields=["doctor", "visit_type", "joined_at"],
                condition=Q(status="ACTIVE", doctor__isnull=False),
                name="waiting_for_doctor",
            ),
            models.Index(
                fields=["specialty", "visit_type", "joined_at"],
                condition=Q(status="ACTIVE", specialty__isnull=False),
                name="waiting_for_specialty",
            ),
            models.Index(fields=["patient", "-joined_at"], name="waiting_by_patient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(doctor__isnull=False, specialty__isnull=True)
                | Q(doctor__isnull=True, specialty__isnull=False),
                name="waits_for_doctor_or_specialty",
            ),
            models.CheckConstraint(
                condition=Q(earliest_date=None)
                | Q(latest_date=None)
                | Q(latest_date__gte=F("earliest_date")),
                name="waitlist_dates_forwards",
            ),
            models.CheckConstraint(
                condition=Q(status="ACTIVE", ended_at=None)
                | (~Q(status="ACTIVE") & Q(ended_at__isnull=False)),
                name="waitlist_entry_ends",
            ),
            # Pressing twice is waiting once.
            models.UniqueConstraint(
                fields=["patient", "doctor", "specialty", "visit_type", "replaces"],
                condition=Q(status="ACTIVE"),
                nulls_distinct=False,
                name="waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"waits since {self.joined_at:%Y-%m-%d}"

    @property
    def is_unrestricted(self) -> bool:
        """Whether any time of the doctor would do: only then a place in line says
        something."""
        return (
            self.doctor_id is not None
            and self.location_id is None
            and self.replaces_id is None
            and not (self.weekdays or self.parts)
            and self.earliest_date is None
            and self.latest_date is None
        )
