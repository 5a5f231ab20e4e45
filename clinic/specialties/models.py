from django.contrib.postgres.fields import ArrayField
from django.db import models

from foundation.models import Public


class Specialty(Public):
    """A field of medicine, with the word that patients use for it."""

    name = models.CharField(max_length=80, unique=True, help_text="Dermatology")
    plain_name = models.CharField(max_length=80, help_text="Skin")
    slug = models.SlugField(unique=True)
    practitioner = models.CharField(
        max_length=80, help_text="What one of its doctors is called: skin specialist"
    )
    schema_org = models.CharField(
        max_length=60,
        blank=True,
        help_text="Name in schema.org/MedicalSpecialty, such as Dermatology.",
    )
    is_active = models.BooleanField(default=True, help_text="Doctors can be given it.")
    # Pushed down by the site when the page about it is published or taken off.
    topics = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="What it treats, in patients' words.",
    )

    class Meta:
        verbose_name_plural = "specialties"

    def __str__(self) -> str:
        return self.name
