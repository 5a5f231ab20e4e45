from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q


class WaitlistRules(models.Model):
    """How the clinic offers freed times, in one row."""

    offer_minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(10), MaxValueValidator(24 * 60)]
    )
    offers_at_once = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )

    class Meta:
        verbose_name_plural = "waitlist rules"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_waitlist_rules"),
            models.CheckConstraint(
                condition=Q(offer_minutes__gte=10, offer_minutes__lte=1440),
                name="offer_minutes_sensible",
            ),
            models.CheckConstraint(
                condition=Q(offers_at_once__gte=1, offers_at_once__lte=20),
                name="offers_at_once_sensible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offers_at_once} at a time, {self.offer_minutes} minutes each"
