from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads

UNDO_WITHIN = timedelta(days=30)


class Merge(Personal, Public, Timestamped):
    """Two records of one person became one: everything of `merged` went to `kept`.

    The emptied record stays and points to the other (`Patient.merged_into`; FHIR's
    Patient.link, replaced-by). What was moved stands in `moved_rows`, so that a merge
    of two people can be undone as far as nothing was built on it.
    """

    reads = Reads(Category.IDENTITY, patient="kept_id")

    kept = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="+"
    )
    merged = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="+"
    )
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = EncryptedTextField(max_length=500)
    facts = EncryptedTextField(
        blank=True, help_text="JSON: the identity's values before and after."
    )
    # Rows with higher keys came after the merge.
    marks = models.JSONField(
        default=dict, help_text="The highest key of each table when it was done."
    )
    # The accounts: of the record that stays before, of the other, and one switched off.
    kept_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    merged_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    unused_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    undo_reason = EncryptedTextField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-merged_at"], name="merge_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kept=F("merged")), name="merge_of_two_records"
            ),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at=None),
                name="merged_into_one_only",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="merge_undone_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Merge {self.public_id}"

    @property
    def undo_until(self) -> datetime:
        """From then on it can't be undone any more."""
        return self.merged_at + UNDO_WITHIN


class MovedRow(models.Model):
    """One row that a merge changed: which, and its columns before and after.

    `digest` is what the whole row looked like when the merge was done; a row that looks
    otherwise was changed since. No clinical text stands here, but keys, times, states.
    """

    merge = models.ForeignKey(
        Merge, on_delete=models.CASCADE, related_name="moved_rows"
    )
    table = models.CharField(max_length=60, help_text="Such as booking.Appointment.")
    key = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    given_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merge", "table", "key"], name="moved_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class DifferentPeople(Timestamped):
    """Somebody looked, and two records that seem to be one person's are not."""

    one = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="+"
    )
    other = models.ForeignKey(
        "accounts.Patient", on_delete=models.PROTECT, related_name="+"
    )
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name_plural = "different people"
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="different_once"),
            models.CheckConstraint(
                condition=Q(one__lt=F("other")), name="different_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} is not {self.other_id}"
