from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q, Value

from audit.entries.models import Category
from booking.appointments.models.spans import OVER_BUSY, Period
from booking.appointments.models.states import LIVE, Party, Status
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def live(self, at: datetime) -> "AppointmentQuerySet":
        """Those that hold time at `at`: a lapsed hold does not, swept or not."""
        return self.filter(status__in=LIVE).exclude(
            status=Status.HELD, hold_expires_at__lte=at
        )

    def upcoming(self, at: datetime) -> "AppointmentQuerySet":
        """Live ones that have not ended."""
        return self.live(at).filter(ends_at__gt=at)

    def past(self, at: datetime) -> "AppointmentQuerySet":
        """Those that are over, one way or another."""
        return self.exclude(pk__in=self.upcoming(at).values("pk"))


class Appointment(Personal, Public, Timestamped):
    """A visit, from the moment its time is held.

    HELD holds the time until `hold_expires_at`: 15 minutes while somebody types and
    pays, or until the payment's deadline after a request was approved. Until the
    details are given there is no patient.
    """

    reads = Reads(Category.APPOINTMENTS, patient="patient_id")

    MOVES: dict[str, set[str]] = {
        Status.HELD: {
            Status.REQUESTED,
            Status.CONFIRMED,
            Status.EXPIRED,
            Status.CANCELLED,
        },
        Status.REQUESTED: {
            Status.HELD,
            Status.CONFIRMED,
            Status.DECLINED,
            Status.EXPIRED,
            Status.CANCELLED,
        },
        Status.CONFIRMED: {Status.ARRIVED, Status.CANCELLED, Status.MISSED},
        # Back to CONFIRMED: checked in by mistake.
        Status.ARRIVED: {
            Status.IN_CONSULTATION,
            Status.COMPLETED,
            Status.CONFIRMED,
            Status.CANCELLED,
        },
        Status.IN_CONSULTATION: {Status.COMPLETED, Status.ARRIVED},
        # Came late after all.
        Status.MISSED: {Status.ARRIVED},
        # Marked as done by mistake.
        Status.COMPLETED: {Status.ARRIVED},
        # Paid after the hold had lapsed, and the time was still free.
        Status.EXPIRED: {Status.CONFIRMED},
    }

    reference = models.CharField(
        max_length=12, unique=True, help_text="What people read out, such as K7Q-2MX."
    )
    patient = models.ForeignKey(
        "accounts.Patient",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
    )
    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.PROTECT, related_name="appointments"
    )
    visit_type = models.ForeignKey(
        "clinic.VisitType", on_delete=models.PROTECT, related_name="+"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="+"
    )
    room = models.ForeignKey(
        "clinic.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # An array, so that taking, moving and giving back is one row and one constraint, as
    # with the room: decision 37. Equipment is closed, never deleted.
    equipment_ids = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True
    )
    # Why staff put it into a room that does not fit.
    room_why = EncryptedTextField(max_length=300, blank=True, default="", db_default="")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Where it is another one by now, the clock's rules changed: see queries.clocks.
    clock_offset = models.SmallIntegerField(
        null=True,
        blank=True,
        help_text="Minutes of the location's clock ahead of UTC, as it was agreed.",
    )
    busy_starts_at = models.DateTimeField(help_text="With the buffer before.")
    busy_ends_at = models.DateTimeField(help_text="With the buffer after.")
    status = models.CharField(max_length=16, choices=Status, default=Status.HELD)
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    hold_extended = models.BooleanField(default=False)
    # Copied when booked: a later change of the price list changes no promise.
    price = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="GBP", help_text="ISO 4217.")
    payment_policy = models.CharField(max_length=10)
    # A follow-up costs less. `follows` is the visit that it follows, unless the desk
    # granted it; `full_price` what it would cost else.
    is_follow_up = models.BooleanField(default=False, db_default=False)
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    full_price = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    free_cancellation_hours = models.PositiveSmallIntegerField(default=24)
    late_cancellation_percent = models.PositiveSmallIntegerField(default=50)
    late_cancellation_fee = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    missed_percent = models.PositiveSmallIntegerField(default=100, db_default=100)
    missed_fee = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    most_moves = models.PositiveSmallIntegerField(default=3, db_default=3)
    # Staff gave it a time that the doctor had given already, on purpose.
    is_overbooked = models.BooleanField(default=False, db_default=False)
    overbooked_why = EncryptedTextField(
        max_length=300, blank=True, default="", db_default=""
    )
    reason = EncryptedTextField(blank=True, help_text="In the patient's words.")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    booked_via = models.CharField(
        max_length=10,
        choices=[
            ("SITE", "Website"),
            ("PORTAL", "Portal"),
            ("DESK", "Front desk"),
            ("DOCTOR", "Doctor"),
        ],
        default="SITE",
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # When it got its present time, if not when booked. Older links are void.
    moved_at = models.DateTimeField(null=True, blank=True)
    # Until when cancelling was free, if they moved it later: no way round the charge.
    free_until_at = models.DateTimeField(null=True, blank=True)
    # The clinic asked for another time or gave it another doctor: whoever would rather
    # not pays nothing, until it begins.
    is_disturbed = models.BooleanField(default=False, db_default=False)
    idempotency_key = models.UUIDField(unique=True)
    # The key of the form that gave the details, when the time was held before.
    submit_key = models.UUIDField(unique=True, null=True, blank=True)
    cancelled_by = models.CharField(max_length=10, choices=Party, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # What the terms said when it was cancelled or missed; the refund follows this sum.
    refund_due = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    sequence = models.PositiveIntegerField(
        default=0, help_text="iCalendar SEQUENCE: grows with every change."
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        indexes = [
            # Serves the search for free times; the GiST indexes below would not.
            models.Index(
                fields=["doctor", "busy_starts_at"],
                include=["busy_ends_at", "status", "hold_expires_at"],
                condition=Q(status__in=LIVE),
                name="appointment_busy",
            ),
            models.Index(
                fields=["room", "busy_starts_at"],
                condition=Q(status__in=LIVE, room__isnull=False),
                name="appointment_room_busy",
            ),
            models.Index(
                fields=["busy_starts_at"],
                condition=Q(status__in=LIVE) & ~Q(equipment_ids=[]),
                name="appointment_equipment_busy",
            ),
            models.Index(fields=["starts_at"], name="appointment_by_start"),
            models.Index(
                fields=["patient", "-starts_at"], name="appointment_by_patient"
            ),
            models.Index(
                fields=["hold_expires_at"],
                condition=Q(status="HELD"),
                name="appointment_lapsing",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_forwards"
            ),
            models.CheckConstraint(
                condition=Q(busy_starts_at__lte=F("starts_at"))
                & Q(busy_ends_at__gte=F("ends_at")),
                name="appointment_within_busy",
            ),
            # The search for free times looks back no further.
            models.CheckConstraint(
                condition=Q(busy_ends_at__lte=F("busy_starts_at") + timedelta(days=1)),
                name="appointment_busy_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["HELD", "EXPIRED", "CANCELLED"])
                | Q(patient__isnull=False),
                name="appointment_has_patient",
            ),
            models.CheckConstraint(
                condition=~Q(status="HELD") | Q(hold_expires_at__isnull=False),
                name="hold_expires",
            ),
            # A visit is followed once, as long as the follow-up stands.
            models.UniqueConstraint(
                fields=["follows"],
                condition=Q(status__in=[*LIVE, Status.COMPLETED, Status.MISSED]),
                name="one_follow_up_of_a_visit",
            ),
            ExclusionConstraint(
                name="doctor_in_one_place",
                expressions=[("doctor", RangeOperators.EQUAL), OVER_BUSY],
                condition=Q(status__in=LIVE, is_overbooked=False),
            ),
            # What is overbooked lies over another visit; never two over one.
            ExclusionConstraint(
                name="doctor_overbooked_once",
                expressions=[("doctor", RangeOperators.EQUAL), OVER_BUSY],
                condition=Q(status__in=LIVE, is_overbooked=True),
            ),
            ExclusionConstraint(
                name="room_holds_one",
                expressions=[("room", RangeOperators.EQUAL), OVER_BUSY],
                condition=Q(status__in=LIVE, room__isnull=False),
            ),
            ExclusionConstraint(
                name="equipment_serves_one",
                expressions=[
                    (OpClass("equipment_ids", name="gist__int_ops"), "&&"),
                    OVER_BUSY,
                ],
                condition=Q(status__in=LIVE) & ~Q(equipment_ids=[]),
            ),
            ExclusionConstraint(
                name="patient_in_one_place",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    (
                        Period("starts_at", "ends_at", Value("[)")),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status__in=LIVE, patient__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference
