from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q

from foundation.encryption.fields import BlindIndexField, EncryptedTextField
from foundation.models import Public, Timestamped

# From then on the page says how old what it knows is.
STALE = timedelta(hours=6)


class Problem(models.TextChoices):
    """Why a calendar cannot be read, in words for whose it is."""

    FORBIDDEN = "FORBIDDEN", "Its address is not one that we may call."
    GONE = "GONE", "Nothing is at this address any more."
    DENIED = "DENIED", "The address is not open to us."
    UNREACHABLE = "UNREACHABLE", "Its server did not answer as it should."
    SLOW = "SLOW", "Its server took too long to answer."
    LARGE = "LARGE", "The calendar is larger than we can take."
    NO_CALENDAR = "NO_CALENDAR", "What is at this address is no calendar."
    TOO_MUCH = "TOO_MUCH", "The calendar takes too much work to read."


# What helps, beside what is wrong.
ADVICE: dict[str, str] = {
    Problem.GONE: "Look whether the calendar is still shared, and add its new address.",
    Problem.DENIED: "Copy the secret or private address, not that of the page.",
    Problem.NO_CALENDAR: "Copy the address in iCal format; it often ends in .ics.",
    Problem.LARGE: "Share a calendar with fewer entries.",
    Problem.TOO_MUCH: "Share a calendar with fewer entries that repeat.",
    Problem.FORBIDDEN: "Add a public address that begins with https://",
}
WAITING = "We go on trying by ourselves."


class ImportedCalendarQuerySet(models.QuerySet["ImportedCalendar"]):
    def in_use(self, at: datetime) -> "ImportedCalendarQuerySet":
        """Those of doctors who work here still: nobody goes on reading the private
        calendar of who has left. Of the last day the clinic's zone may have a part
        left. Who is suspended may come back to what is booked."""
        here = Q(doctor__left_date=None) | Q(doctor__left_date__gte=at.date())
        closed = Q(doctor__user__is_active=False, doctor__user__suspended_at=None)
        return self.filter(here).exclude(closed)

    def of_who_left(self, at: datetime) -> "ImportedCalendarQuerySet":
        """All others: nobody reads them again, and their addresses still open them."""
        return self.exclude(pk__in=self.model.objects.in_use(at).values("pk"))


class ImportedCalendar(Public, Timestamped):
    """A calendar outside, such as at Google or Outlook, whose busy times close a
    doctor's calendar here. What its entries are called is never kept.

    `read_at` is when it was last read to its end: what it said then holds until it is
    read again, or taken away. `reach_at` is how far ahead that goes.
    """

    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="imported_calendars"
    )
    name = models.CharField(max_length=60)
    # Whoever has it can read the calendar.
    address = EncryptedTextField(max_length=2000)
    address_index = BlindIndexField(of="address")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    etag = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    reach_at = models.DateTimeField(null=True, blank=True)
    skipped = models.PositiveIntegerField(
        default=0, help_text="Entries that could not be understood."
    )
    due_at = models.DateTimeField(db_index=True, help_text="The next try.")
    problem = models.CharField(max_length=12, choices=Problem, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")

    objects = ImportedCalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["doctor", "address_index"], name="calendar_imported_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        """Where it is, without the part that opens it."""
        return f"{urlsplit(self.address).hostname}/…"

    @property
    def advice(self) -> str:
        """What can be done about its problem."""
        return ADVICE.get(self.problem, WAITING)

    def is_stale(self, at: datetime) -> bool:
        """Whether what it says is old enough to be pointed out."""
        return self.read_at is not None and self.read_at <= at - STALE
