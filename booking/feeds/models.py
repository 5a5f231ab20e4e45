from django.db import models
from django.db.models import Q

from foundation.models import Public, Timestamped


class Feed(Public, Timestamped):
    """A private address at which somebody's visits are read by their own calendar.

    The address holds a secret that is shown once; here is its hash. A new secret makes
    the old address void, and so does deleting the row.
    """

    # An address that shows one record's visits must not show another's.
    stays_when_merged = True

    patient = models.OneToOneField(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="feed",
    )
    doctor = models.OneToOneField(
        "clinic.Doctor",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="feed",
    )
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256, hex.")
    shows_names = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(patient=None, doctor__isnull=False)
                | Q(patient__isnull=False, doctor=None),
                name="feed_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"Feed {self.public_id}"
