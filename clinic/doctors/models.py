from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from foundation.models import Public, Timestamped


class DoctorQuerySet(models.QuerySet["Doctor"]):
    def working(self, on: date) -> "DoctorQuerySet":
        """Doctors who have joined and not left on that day."""
        return self.filter(Q(joined_date=None) | Q(joined_date__lte=on)).filter(
            Q(left_date=None) | Q(left_date__gt=on)
        )

    def listed(self, on: date) -> "DoctorQuerySet":
        """Working doctors whom the public may find."""
        return self.working(on).filter(is_listed=True)


class Doctor(Public, Timestamped):
    """A practitioner who can be booked. The page about them is the editors'."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="doctor",
    )
    title = models.CharField(max_length=20, default="Dr")
    first_name = models.CharField(max_length=150)
    last_name = models.CharField(max_length=150)
    slug = models.SlugField(unique=True)
    specialties = models.ManyToManyField("clinic.Specialty", related_name="doctors")
    languages = ArrayField(
        models.CharField(max_length=10),
        default=list,
        help_text="BCP 47 codes, the best spoken first.",
    )
    gender = models.CharField(max_length=10, blank=True)
    registration_number = models.CharField(max_length=40, blank=True)
    is_listed = models.BooleanField(default=True)
    takes_new_patients = models.BooleanField(default=True)
    joined_date = models.DateField(null=True, blank=True)
    left_date = models.DateField(
        null=True, blank=True, help_text="The first day no longer here."
    )
    paused_date = models.DateField(
        null=True,
        blank=True,
        help_text="From this day on there are no new times: their licence is over.",
    )
    # Pushed down by the site when the page about them is published or taken off.
    page_path = models.CharField(
        max_length=300, blank=True, help_text="Empty: they have no live page."
    )
    photo_url = models.CharField(
        max_length=300, blank=True, help_text="Square, 192 pixels. Empty: initials."
    )
    # Pushed down by the care wing: what everybody may know of their reviews.
    review_count = models.PositiveIntegerField(
        default=0, db_default=0, help_text="0: too few to be shown."
    )
    review_average = models.DecimalField(
        max_digits=2, decimal_places=1, null=True, blank=True
    )
    topics = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="What they can help with, in patients' words.",
    )

    objects = DoctorQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["last_name"], name="doctor_by_name")]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.title} {self.first_name} {self.last_name}".strip()

    @property
    def short_name(self) -> str:
        return f"{self.title} {self.last_name}".strip()

    def is_working(self, on: date) -> bool:
        """Whether they have joined and not left on that day."""
        return (self.joined_date is None or self.joined_date <= on) and (
            self.left_date is None or on < self.left_date
        )
