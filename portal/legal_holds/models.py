from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def active(self, on: date) -> "LegalHoldQuerySet":
        """Those that hold on that day."""
        return self.filter(lifted_at=None).filter(Q(until=None) | Q(until__gte=on))


class LegalHold(Personal, Public, Timestamped):
    """Nothing of one patient may be destroyed, say while a court asks for it."""

    reads = Reads(Category.IDENTITY, patient="patient_id")

    patient = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="legal_holds"
    )
    reason = EncryptedTextField(max_length=500)
    until = models.DateField(
        null=True, blank=True, help_text="The last day. Empty: until it is lifted."
    )
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = LegalHoldQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Hold {self.public_id}"
