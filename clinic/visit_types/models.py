from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinic.locations.models import ReminderLead
from foundation.models import Public, Timestamped


def all_leads() -> list[str]:
    return [str(lead) for lead in ReminderLead.values]


class VisitType(Public, Timestamped):
    """What a clinic offers: a kind of visit with its length, price and rules."""

    class Mode(models.TextChoices):
        IN_PERSON = "IN_PERSON", "In person"
        VIDEO = "VIDEO", "Video"
        PHONE = "PHONE", "Phone"

    class BookingPolicy(models.TextChoices):
        INSTANT = "INSTANT", "At once"
        REQUEST = "REQUEST", "The doctor approves each"
        CALL = "CALL", "By phone only"

    class PaymentPolicy(models.TextChoices):
        BEFORE = "BEFORE", "Paid when booked"
        AT_CLINIC = "AT_CLINIC", "Paid at the clinic"
        FREE = "FREE", "Free"

    class FollowUpOf(models.TextChoices):
        DOCTOR = "DOCTOR", "With the same doctor"
        SPECIALTY = "SPECIALTY", "With a doctor of the same specialty"

    name = models.CharField(max_length=80, help_text="GP visit")
    slug = models.SlugField(unique=True)
    summary = models.CharField(max_length=160, blank=True, help_text="One problem")
    specialties = models.ManyToManyField(
        "clinic.Specialty", blank=True, related_name="visit_types"
    )
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.IN_PERSON)
    duration_minutes = models.PositiveSmallIntegerField(default=30)
    buffer_before_minutes = models.PositiveSmallIntegerField(default=0)
    buffer_after_minutes = models.PositiveSmallIntegerField(default=0)
    price = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="GBP", help_text="ISO 4217.")
    booking_policy = models.CharField(
        max_length=10, choices=BookingPolicy, default=BookingPolicy.INSTANT
    )
    payment_policy = models.CharField(
        max_length=10, choices=PaymentPolicy, default=PaymentPolicy.BEFORE
    )
    payment_deadline_hours = models.PositiveSmallIntegerField(
        default=24, help_text="How long an approved request waits for its payment."
    )
    minimum_notice_minutes = models.PositiveIntegerField(default=60)
    horizon_days = models.PositiveSmallIntegerField(default=60)
    free_cancellation_hours = models.PositiveSmallIntegerField(default=24)
    late_cancellation_percent = models.PositiveSmallIntegerField(
        default=50, help_text="Share of the price kept when cancelled later."
    )
    late_cancellation_fee = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="A sum instead of the share; never more than the price.",
    )
    missed_percent = models.PositiveSmallIntegerField(
        default=100, help_text="Share of the price kept when nobody comes."
    )
    missed_fee = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="A sum instead of the share; never more than the price.",
    )
    follow_up_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Within so many days of a finished visit it is a follow-up of it.",
    )
    follow_up_of = models.CharField(
        max_length=10, choices=FollowUpOf, default=FollowUpOf.DOCTOR
    )
    follow_up_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Share of the price that a follow-up costs."
    )
    most_moves = models.PositiveSmallIntegerField(
        default=3, help_text="How often patients may move one visit themselves."
    )
    reminder_leads = ArrayField(
        models.CharField(max_length=12, choices=ReminderLead), default=all_leads
    )
    new_patients_only = models.BooleanField(default=False)
    needs_room = models.BooleanField(default=False, db_default=False)
    room_needs = models.ManyToManyField(
        "clinic.Capability",
        blank=True,
        related_name="+",
        help_text="What a room must offer for it, all of them.",
    )
    # Whether there are any equipment_needs, so that booking need not ask.
    needs_equipment = models.BooleanField(default=False, db_default=False)
    equipment_needs = models.ManyToManyField(
        "clinic.Capability",
        blank=True,
        related_name="+",
        help_text="A piece of equipment for each of these.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=5) & Q(duration_minutes__lte=480),
                name="visit_length_sensible",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_below_0"),
            models.CheckConstraint(
                condition=Q(late_cancellation_percent__lte=100),
                name="late_share_at_most_all",
            ),
            models.CheckConstraint(
                condition=Q(missed_percent__lte=100), name="missed_share_at_most_all"
            ),
            models.CheckConstraint(
                condition=(
                    Q(late_cancellation_fee=None) | Q(late_cancellation_fee__gte=0)
                )
                & (Q(missed_fee=None) | Q(missed_fee__gte=0)),
                name="fees_not_below_0",
            ),
            models.CheckConstraint(
                condition=Q(follow_up_percent__lte=100),
                name="follow_up_share_at_most_all",
            ),
            models.CheckConstraint(
                condition=Q(follow_up_days=None)
                | Q(follow_up_days__gte=1, follow_up_days__lte=365),
                name="follow_up_within_a_year",
            ),
            models.CheckConstraint(
                condition=~Q(payment_policy="FREE") | Q(price=0),
                name="free_costs_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offering(Public):
    """A doctor offers a visit type at a location (for video: from there)."""

    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.CASCADE, related_name="offerings"
    )
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="offerings"
    )
    location = models.ForeignKey(
        "clinic.Location", on_delete=models.PROTECT, related_name="offerings"
    )
    room = models.ForeignKey(
        "clinic.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Where it takes place; empty when it needs no room, or any will do.",
    )
    only_this_room = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Else another suitable one where this one is taken.",
    )
    price = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Where it differs from the visit type's.",
    )
    most_a_day = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many of these visits the doctor sees there on one day.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["doctor", "visit_type", "location"], name="offering_once"
            ),
            models.CheckConstraint(
                condition=Q(most_a_day=None) | Q(most_a_day__gte=1),
                name="at_least_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=0),
                name="offering_price_not_below_0",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_type_id} by {self.doctor_id} at {self.location_id}"
