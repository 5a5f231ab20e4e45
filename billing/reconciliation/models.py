from django.conf import settings
from django.db import models

from audit.entries.models import Category
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Finding(Personal, Public, Timestamped):
    """What reconciliation found to differ between the provider's books and ours."""

    reads = Reads(Category.PAYMENTS, patient="payment__patient_id")

    class Kind(models.TextChoices):
        DROPPED_EVENT = "DROPPED_EVENT", "The provider was paid and we were not told"
        DOUBLE = "DOUBLE", "Paid twice"
        FOREIGN = "FOREIGN", "A charge that is not ours"
        AMOUNT = "AMOUNT", "The sums differ"

    kind = models.CharField(max_length=14, choices=Kind)
    payment = models.ForeignKey(
        "billing.Payment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
    )
    object_id = models.CharField(max_length=120)
    detail = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], name="finding_once_per_object"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.object_id}"
