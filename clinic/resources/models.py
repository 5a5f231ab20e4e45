from django.conf import settings
from django.db import models
from django.db.models import F, Q

from clinic.locations.models import Weekday
from foundation.models import Public, Timestamped


class Capability(Public):
    """Something that rooms or equipment offer, in the clinic's own words: "Step-free",
    "Treatment couch", "Ultrasound"."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        verbose_name_plural = "capabilities"

    def __str__(self) -> str:
        return self.name


class Room(Public):
    """A room that holds one visit at a time."""

    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="rooms"
    )
    name = models.CharField(max_length=60)
    capabilities = models.ManyToManyField(Capability, blank=True, related_name="rooms")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"], name="room_name_once_per_location"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Equipment(Public):
    """A piece of equipment that serves one visit at a time: fixed in a room, or taken
    to where it is needed within its location."""

    # Visits keep arrays of these keys, and the constraint over them wants int4.
    id = models.AutoField(primary_key=True)
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="equipment"
    )
    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="equipment",
        help_text="Where it is fixed; empty when it is moved about.",
    )
    name = models.CharField(max_length=60)
    capabilities = models.ManyToManyField(
        Capability, blank=True, related_name="equipment"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "equipment"
        constraints = [
            models.UniqueConstraint(
                fields=["location", "name"], name="equipment_name_once_per_location"
            )
        ]

    def __str__(self) -> str:
        return self.name


def _of_one() -> Q:
    """Of a room, or of a piece of equipment."""
    return Q(room__isnull=False, equipment=None) | Q(room=None, equipment__isnull=False)


class ResourceHours(models.Model):
    """A room or a piece of equipment can be had on a weekday, in the location's wall
    time. One without any rows can be had whenever a doctor sees patients there."""

    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="hours"
    )
    equipment = models.ForeignKey(
        Equipment, null=True, blank=True, on_delete=models.CASCADE, related_name="hours"
    )
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    opens_at = models.TimeField()
    closes_at = models.TimeField()

    class Meta:
        verbose_name_plural = "resource hours"
        constraints = [
            models.CheckConstraint(condition=_of_one(), name="hours_of_one_resource"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="resource_hours_forwards"
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="resource_weekday_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at} to {self.closes_at}"


class Outage(Public, Timestamped):
    """A room or a piece of equipment is out of order between two moments: repairs,
    cleaning, maintenance. Visits booked in it stay: see booking's misfits."""

    room = models.ForeignKey(
        Room, null=True, blank=True, on_delete=models.CASCADE, related_name="outages"
    )
    equipment = models.ForeignKey(
        Equipment,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="outages",
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(fields=["room", "ends_at"], name="outage_by_room"),
            models.Index(fields=["equipment", "ends_at"], name="outage_by_equipment"),
        ]
        constraints = [
            models.CheckConstraint(condition=_of_one(), name="outage_of_one_resource"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="outage_forwards"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at} to {self.ends_at}"
