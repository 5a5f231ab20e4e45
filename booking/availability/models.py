from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.models import Public, Timestamped
from foundation.periods import day_number


class WorkingHours(Public, Timestamped):
    """A doctor sees patients at a location on a weekday, in its wall time.

    Holds from `valid_from` on, until (not on) `valid_until`; each week, or every second
    one: in the week of `anchor_date`, a Monday, and each other one before and after it.
    Hours that cross midnight are two rows.
    """

    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="working_hours"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="+"
    )
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    starts_time = models.TimeField()
    ends_time = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(default=1, db_default=1)
    anchor_date = models.DateField(
        null=True, blank=True, help_text="A Monday; only for every second week."
    )

    class Meta:
        verbose_name_plural = "working hours"
        indexes = [models.Index(fields=["doctor", "weekday"], name="hours_by_doctor")]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="weekday_known"),
            models.CheckConstraint(
                condition=Q(ends_time__gt=F("starts_time")), name="hours_forwards"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="hours_validity_forwards",
            ),
            models.CheckConstraint(
                condition=Q(every_weeks=1, anchor_date=None)
                | Q(
                    every_weeks=2,
                    anchor_date__isnull=False,
                    anchor_date__iso_week_day=1,
                ),
                name="hours_every_week_or_second",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts_time} to {self.ends_time}"

    @property
    def rhythm(self) -> tuple[int, int]:
        """In every how many weeks, and the day number of the anchor: what
        `foundation.periods.weekly` takes."""
        anchor = self.anchor_date
        return self.every_weeks, day_number(anchor) if anchor else 0

    def holds_in_week_of(self, day: date) -> bool:
        """Whether this is one of its weeks, whatever days it is valid on."""
        if self.anchor_date is None:
            return True
        return (day - self.anchor_date).days // 7 % self.every_weeks == 0


class Break(models.Model):
    """A pause inside working hours, in the same wall time."""

    working_hours = models.ForeignKey(
        WorkingHours, on_delete=models.CASCADE, related_name="breaks"
    )
    starts_time = models.TimeField()
    ends_time = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_time__gt=F("starts_time")), name="break_forwards"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_time} to {self.ends_time}"


class AvailabilityException(Public, Timestamped):
    """A doctor's calendar differs from the weekly hours between two moments.

    CLOSED takes time away everywhere, or at `location` alone; EXTRA adds time at it.
    """

    class Kind(models.TextChoices):
        CLOSED = "CLOSED", "Time off"
        EXTRA = "EXTRA", "Extra hours"

    doctor = models.ForeignKey(
        "clinic.Doctor",
        on_delete=models.CASCADE,
        related_name="availability_exceptions",
    )
    kind = models.CharField(max_length=6, choices=Kind)
    location = models.ForeignKey(
        "clinic.Location",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["doctor", "ends_at"], name="exception_by_doctor")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="exception_forwards"
            ),
            models.CheckConstraint(
                condition=Q(kind="CLOSED") | Q(location__isnull=False),
                name="extra_hours_have_a_location",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at} to {self.ends_at}"


class BusyTime(models.Model):
    """When a doctor is taken by something outside, as an imported calendar says. Takes
    time away everywhere, as time off does; what for, nobody here knows."""

    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="busy_times"
    )
    calendar = models.ForeignKey(
        "booking.ImportedCalendar",
        on_delete=models.CASCADE,
        related_name="busy_times",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["doctor", "ends_at"],
                include=["starts_at"],
                name="busy_time_by_doctor",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="busy_time_forwards"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"
