from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from foundation.models import Public, Timestamped

ONE_DAY = timedelta(days=1)


class Shift(Public, Timestamped):
    """Somebody works at a location on a weekday, in its wall time: each week from
    `valid_from` until the day before `valid_until`, None for good.

    What is planned for one day is a shift that is valid on that day alone. Hours that
    cross midnight are two rows. Doctors have working hours instead, by which they are
    booked. A shift gives nobody a right: those are their roles.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shifts"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="shifts"
    )
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    starts_time = models.TimeField()
    ends_time = models.TimeField()
    note = models.CharField(max_length=60, blank=True, help_text="Such as: phones.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["location", "valid_until"], name="shift_by_location"),
            models.Index(fields=["user", "valid_until"], name="shift_by_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="shift_weekday_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_time__gt=F("starts_time")), name="shift_forwards"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="shift_validity_forwards",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts_time} to {self.ends_time}"

    @property
    def is_single(self) -> bool:
        """Whether it was planned for one day."""
        return self.valid_until == self.valid_from + ONE_DAY

    def falls_on(self, day: date) -> bool:
        """Whether this is one of its days, whoever is away and whatever is closed."""
        return (
            day.weekday() == self.weekday
            and self.valid_from <= day
            and (self.valid_until is None or day < self.valid_until)
        )


class DaysOff(Public, Timestamped):
    """Whole days on which somebody has none of their shifts; with `shift`, on which
    they lack that one only. `ends_date` is the first day back. With times it is a part
    of one day, by the clock of wherever they would work then.

    Why is not asked: it may be an illness, and planning needs the days alone.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="days_off"
    )
    shift = models.ForeignKey(
        Shift, null=True, blank=True, on_delete=models.CASCADE, related_name="days_off"
    )
    starts_date = models.DateField()
    ends_date = models.DateField()
    starts_time = models.TimeField(null=True, blank=True)
    ends_time = models.TimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "days off"
        indexes = [models.Index(fields=["user", "ends_date"], name="days_off_by_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_date__gt=F("starts_date")), name="days_off_forwards"
            ),
            models.CheckConstraint(
                condition=Q(starts_time=None, ends_time=None)
                | Q(
                    starts_time__isnull=False,
                    ends_time__isnull=False,
                    ends_time__gt=F("starts_time"),
                    ends_date=F("starts_date") + ONE_DAY,
                    shift=None,
                ),
                name="part_of_one_day_off",
            ),
            models.UniqueConstraint(
                fields=["shift", "starts_date"],
                condition=Q(shift__isnull=False),
                name="shift_off_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_date} to {self.ends_date}"

    @property
    def is_whole(self) -> bool:
        """Whether it is of whole days."""
        return self.starts_time is None

    def covers(self, shift: Shift, day: date) -> bool:
        """Whether it takes this shift away on that day, or a part of it."""
        return (
            self.user_id == shift.user_id
            and self.shift_id in (None, shift.pk)
            and self.starts_date <= day < self.ends_date
        )
