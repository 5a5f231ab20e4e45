from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.encryption.fields import BlindIndexField, EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads

# It must be said: an empty line would mean that nobody asked.
NONE_KNOWN = "No known allergies"


class Prescription(Personal, Public, Timestamped):
    """What a doctor prescribes. Signed ones never change: they are replaced by a new
    one or withdrawn, and say so."""

    reads = Reads(Category.PRESCRIPTIONS, patient="patient_id")

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        SIGNED = "SIGNED", "Signed"
        REPLACED = "REPLACED", "Replaced"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"

    MOVES: dict[str, set[str]] = {
        Status.DRAFT: {Status.SIGNED},
        Status.SIGNED: {Status.REPLACED, Status.WITHDRAWN},
    }

    number = models.CharField(max_length=20, unique=True)
    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="prescriptions"
    )
    doctor = models.ForeignKey(
        "clinic.Doctor", on_delete=models.PROTECT, related_name="prescriptions"
    )
    appointment = models.ForeignKey(
        "booking.Appointment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="prescriptions",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    allergies = EncryptedTextField(
        max_length=300,
        blank=True,
        help_text="As known when signed; “No known allergies” must be said.",
    )
    note = EncryptedTextField(blank=True, help_text="For the pharmacist.")
    signed_at = models.DateTimeField(null=True, blank=True)
    expires_date = models.DateField(null=True, blank=True)
    replaces = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = EncryptedTextField(max_length=300, blank=True)
    check_code = EncryptedTextField(
        max_length=16, blank=True, help_text="Lets a pharmacist check the paper."
    )
    check_index = BlindIndexField(of="check_code", db_index=True)
    pdf = models.OneToOneField(
        "records.Document",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "-created_at"], name="prescription_by_patient"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="DRAFT") | Q(signed_at__isnull=False),
                name="prescription_signed_at",
            )
        ]

    def __str__(self) -> str:
        return self.number


class PrescriptionItem(Public):
    """One medicine on a prescription, in the order written."""

    prescription = models.ForeignKey(
        Prescription, on_delete=models.CASCADE, related_name="items"
    )
    position = models.PositiveSmallIntegerField()
    medicine = EncryptedTextField(max_length=160, help_text="Generic name.")
    form = EncryptedTextField(max_length=60, help_text="tablet, cream, inhaler")
    strength = EncryptedTextField(max_length=60, blank=True, help_text="50 mg")
    directions = EncryptedTextField(
        max_length=300, help_text="Take ONE tablet when a migraine starts."
    )
    quantity = models.PositiveSmallIntegerField()
    quantity_unit = models.CharField(max_length=40, default="tablets")
    repeats = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prescription", "position"], name="item_position_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="some_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.medicine} {self.strength}".strip()
