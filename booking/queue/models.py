from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.models import Public
from foundation.personal import Personal, Reads


class State(models.TextChoices):
    """Where a patient is on the day of their visit. Derived, never stored: from the
    status of the visit, and whether they have been called in."""

    EXPECTED = "EXPECTED", "Expected"
    WAITING = "WAITING", "Arrived"
    IN_ROOM = "IN_ROOM", "In the room"
    WITH_DOCTOR = "WITH_DOCTOR", "With doctor"
    DONE = "DONE", "Done"
    MISSED = "MISSED", "Missed"
    OFF = "OFF", "Off"


class Turn(Personal, Public):
    """Somebody's turn on one day at one place, from checking in on.

    `number` is what they and the wall are told instead of a name: random, so that
    nobody can tell from it who came, or how many before them. It stays theirs all day.
    """

    reads = Reads(Category.APPOINTMENTS, patient="appointment__patient_id")

    class Via(models.TextChoices):
        DESK = "DESK", "At the desk"
        LINK = "LINK", "By the link in a message"
        PORTAL = "PORTAL", "In the portal"
        DOOR = "DOOR", "By the code at the door"

    appointment = models.OneToOneField(
        "booking.Appointment", on_delete=models.CASCADE, related_name="turn"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="+"
    )
    day = models.DateField(help_text="By the clock of the location.")
    number = models.CharField(max_length=4, help_text="Such as K47.")
    via = models.CharField(max_length=6, choices=Via)
    is_walk_in = models.BooleanField(default=False)
    checked_in_at = models.DateTimeField()
    called_at = models.DateTimeField(
        null=True, blank=True, help_text="When they were asked into the room."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["location", "day", "number"], name="turn_number_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return self.number


class TurnChange(Public):
    """One step within the status Arrived: called in, taken back, another room. What
    changes the status itself is a StatusChange; each change is one row of either."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="changes")
    from_state = models.CharField(max_length=12, choices=State)
    to_state = models.CharField(max_length=12, choices=State)
    from_room = models.CharField(max_length=60, blank=True)
    to_room = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        indexes = [models.Index(fields=["turn", "at"], name="turn_change_by_time")]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"


class Screen(Public):
    """A display on the wall of a location. It opens by an address with a random key, of
    which only the hash is kept; whoever has the address sees numbers and rooms."""

    location = models.ForeignKey(
        "clinic.Location", on_delete=models.CASCADE, related_name="screens"
    )
    name = models.CharField(max_length=60, help_text="Where it hangs.")
    key_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class QueueRules(models.Model):
    """The rules of the day: the clinic's in one row, and in others, by location, what a
    location has of its own. There an empty one is the clinic's. In minutes."""

    location = models.ForeignKey(
        "clinic.Location",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    opens_minutes = models.PositiveSmallIntegerField(
        default=60,
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
    )
    missed_minutes = models.PositiveSmallIntegerField(
        default=30,
        null=True,
        blank=True,
        validators=[MinValueValidator(10), MaxValueValidator(240)],
    )
    back_minutes = models.PositiveSmallIntegerField(
        default=15,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    marks_missed = models.BooleanField(default=True, null=True, blank=True)

    class Meta:
        verbose_name_plural = "queue rules"
        constraints = [
            models.UniqueConstraint(
                fields=["location"], nulls_distinct=False, name="queue_rules_once"
            ),
            models.CheckConstraint(
                condition=Q(location__isnull=False)
                | Q(
                    opens_minutes__isnull=False,
                    missed_minutes__isnull=False,
                    back_minutes__isnull=False,
                    marks_missed__isnull=False,
                ),
                name="queue_rules_of_the_clinic_whole",
            ),
            models.CheckConstraint(
                condition=Q(opens_minutes__gte=5, opens_minutes__lte=240)
                & Q(missed_minutes__gte=10, missed_minutes__lte=240)
                & Q(back_minutes__gte=1, back_minutes__lte=120),
                name="queue_minutes_sensible",
            ),
        ]

    def __str__(self) -> str:
        return f"missed after {self.missed_minutes} minutes"
