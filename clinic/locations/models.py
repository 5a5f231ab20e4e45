import zoneinfo

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from foundation.models import Public, Timestamped

# The longest notice of its own, in minutes, and the furthest horizon, in days.
MOST_NOTICE, MOST_DAYS = 30 * 24 * 60, 730


class ReminderLead(models.TextChoices):
    """When a reminder goes out, in the visit's own wall time."""

    DAY_BEFORE = "DAY_BEFORE", "24 hours before"
    MORNING = "MORNING", "On the morning of the day"
    TWO_HOURS = "TWO_HOURS", "2 hours before"


class Weekday(models.IntegerChoices):
    """ISO 8601 numbering, less one: as `date.weekday()`."""

    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is in the IANA database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            f"“{name}” is no time zone. Use a name such as Europe/London."
        )


class Location(Public, Timestamped):
    """A site of the clinic. All its wall times are in `time_zone`.

    The last fields are what it has of its own for booking. An empty notice or horizon
    asks for no more than the visit type does; empty leads are the visit type's.
    """

    place = models.OneToOneField(
        "accounts.Place", on_delete=models.PROTECT, related_name="location"
    )
    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    address = models.TextField()
    city = models.CharField(max_length=80)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, default="GB", help_text="ISO 3166-1.")
    latitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True
    )
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    phone = models.CharField(max_length=20, blank=True, help_text="E.164.")
    email = models.EmailField(blank=True)
    access = models.TextField(
        blank=True, help_text="Step-free ways, lifts, toilets. One line each."
    )
    transport = models.TextField(
        blank=True, help_text="How to get there. One line each."
    )
    is_active = models.BooleanField(default=True)
    notice_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Visits are booked so long before, or more."
    )
    horizon_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits are booked so far ahead, or less."
    )
    reminder_leads = ArrayField(
        models.CharField(max_length=12, choices=ReminderLead), null=True, blank=True
    )
    wall_text = models.CharField(
        max_length=120, blank=True, db_default="", help_text="On the displays here."
    )
    arrival_notes = models.TextField(
        blank=True, db_default="", help_text="For who is coming. One line each."
    )
    has_waitlist = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(notice_minutes=None)
                | models.Q(notice_minutes__lte=MOST_NOTICE),
                name="location_notice_within_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(horizon_days=None)
                | models.Q(horizon_days__gte=1, horizon_days__lte=MOST_DAYS),
                name="location_horizon_within_two_years",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """When the doors of a location are open, in its wall time. For information:
    when doctors can be booked is their own working hours."""

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="opening_hours"
    )
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens_at = models.TimeField()
    closes_at = models.TimeField()

    class Meta:
        verbose_name_plural = "opening hours"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")),
                name="opening_hours_forwards",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at} to {self.closes_at}"


class Closure(models.Model):
    """Whole days on which a location (or, without one, the whole clinic) is shut.

    `ends_date` is the first day open again.
    """

    location = models.ForeignKey(
        Location,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="closures",
    )
    starts_date = models.DateField()
    ends_date = models.DateField()
    reason = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_date__gt=models.F("starts_date")),
                name="closure_forwards",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.starts_date} to {self.ends_date}"
