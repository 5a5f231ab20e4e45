from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from foundation.personal import Personal, Reads


class Category(models.TextChoices):
    """What kind of data it was. An entry may name several, between commas."""

    IDENTITY = "IDENTITY", "Name and contacts"
    APPOINTMENTS = "APPOINTMENTS", "Appointments"
    DOCUMENTS = "DOCUMENTS", "Documents"
    PRESCRIPTIONS = "PRESCRIPTIONS", "Prescriptions"
    PAYMENTS = "PAYMENTS", "Payments"
    MESSAGES = "MESSAGES", "Messages"
    ACCOUNTS = "ACCOUNTS", "Accounts and roles"
    SETTINGS = "SETTINGS", "Settings of the clinic"
    EMERGENCY = "EMERGENCY", "Emergency access"
    PROXIES = "PROXIES", "Acting for others"
    CONSENTS = "CONSENTS", "Consents"
    AMENDMENTS = "AMENDMENTS", "Requests for corrections"
    FORMS = "FORMS", "Answers to forms"
    RESTRICTIONS = "RESTRICTIONS", "Restrictions"
    ACCESS_LOG = "ACCESS_LOG", "The access log"
    PAGES = "PAGES", "Pages, pictures and files of the website"


# Whose reports they belong to: the rest is for medical administration alone.
CLINICAL = frozenset(
    {
        Category.DOCUMENTS,
        Category.PRESCRIPTIONS,
        Category.AMENDMENTS,
        Category.FORMS,
    }
)


class Action(models.TextChoices):
    """What was done with it."""

    VIEW = "VIEW", "Opened"
    LIST = "LIST", "Seen in a list"
    SEARCH = "SEARCH", "Found in a search"
    PRINT = "PRINT", "Printed"
    DOWNLOAD = "DOWNLOAD", "Downloaded"
    EXPORT = "EXPORT", "Exported"
    CHANGE = "CHANGE", "Changed"
    SIGN_IN = "SIGN_IN", "Signed in"
    SIGN_OUT = "SIGN_OUT", "Signed out"


READS = (Action.VIEW, Action.LIST, Action.SEARCH)
LEAVES = (Action.PRINT, Action.DOWNLOAD, Action.EXPORT)


# Why somebody dealt with a patient whom they do not treat: an emergency.
IN_EMERGENCY = "EMERGENCY"


class Outcome(models.TextChoices):
    DONE = "DONE", "Done"
    REFUSED = "REFUSED", "Refused"
    FAILED = "FAILED", "Failed"


class Entry(Personal):
    """One act: who did what to what, and when. Never changed, never deleted.

    The table is partitioned by month of `at` and append-only in the database itself;
    every row is sealed when its transaction commits (`audit.seals`). It holds codes and
    ids, never clinical text, names or secrets.
    """

    reads = Reads(Category.ACCESS_LOG)

    # The database's clock: one for all processes.
    at = models.DateTimeField(db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        db_index=False,
        help_text="Empty when the clinic's own jobs acted, or an anonymous visitor.",
    )
    role = models.CharField(
        max_length=80, blank=True, help_text="The role acted in; several with commas."
    )
    on_behalf_of_id = models.BigIntegerField(
        null=True, help_text="The patient for whom the actor acted."
    )
    patient_id = models.BigIntegerField(
        null=True, help_text="The patient whose data it concerned."
    )
    verb = models.CharField(max_length=80)
    action = models.CharField(max_length=10, choices=Action, default=Action.CHANGE)
    category = models.CharField(max_length=120, blank=True)
    subject_type = models.CharField(max_length=80, blank=True)
    subject_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=20, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.DONE)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=60, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    session_ref = models.CharField(max_length=32, blank=True)
    view = models.CharField(max_length=80, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            models.Index(fields=["-at"], name="audit_by_time"),
            models.Index(
                fields=["-at"],
                name="audit_not_done",
                condition=~models.Q(outcome=Outcome.DONE),
            ),
            models.Index(
                fields=["-at"],
                name="audit_left_house",
                condition=models.Q(action__in=LEAVES),
            ),
            models.Index(
                fields=["-at"],
                name="audit_with_purpose",
                condition=~models.Q(purpose=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id}"

    @property
    def categories(self) -> list[str]:
        return self.category.split(",") if self.category else []
