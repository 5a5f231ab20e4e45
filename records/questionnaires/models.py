import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from foundation.models import Public, Timestamped


class Kind(models.TextChoices):
    """What a part of a form is. Each but the first two is a question."""

    PAGE = "PAGE", "A new page"
    INFORMATION = "INFORMATION", "A text to read"
    SHORT = "SHORT", "A short text"
    LONG = "LONG", "A long text"
    YES_NO = "YES_NO", "Yes or no"
    ONE_OF = "ONE_OF", "One of several answers"
    SEVERAL_OF = "SEVERAL_OF", "Any of several answers"
    NUMBER = "NUMBER", "A number"
    DATE = "DATE", "A date"
    SCALE = "SCALE", "A scale"
    CONSENT = "CONSENT", "A consent, signed by name"
    FILE = "FILE", "A file, such as a letter or a photo"


QUESTIONS = tuple(kind for kind in Kind if kind not in (Kind.PAGE, Kind.INFORMATION))
# Their answers are among a few that are known beforehand, so others can depend on them.
CLOSED = (Kind.YES_NO, Kind.ONE_OF, Kind.SEVERAL_OF, Kind.SCALE)
YES, NO = "Yes", "No"


class Questionnaire(Public, Timestamped):
    """One version of a form that patients fill in before a visit.

    As in FHIR, each version is a row, and `key` is what they have in common. A draft
    may change; once published the database keeps its items as they are. Of one form
    there is one draft and one active version at most.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        ACTIVE = "ACTIVE", "In use"
        RETIRED = "RETIRED", "No longer in use"

    MOVES: dict[str, set[str]] = {
        Status.DRAFT: {Status.ACTIVE},
        Status.ACTIVE: {Status.RETIRED},
    }

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    title = models.CharField(max_length=80)
    introduction = models.CharField(max_length=500, blank=True)
    visit_types = models.ManyToManyField(
        "clinic.VisitType", blank=True, related_name="questionnaires"
    )
    valid_days = models.PositiveSmallIntegerField(
        default=0, help_text="How long answers count; 0: each visit is asked anew."
    )
    counts_from = models.PositiveSmallIntegerField(
        default=1, help_text="The oldest version whose answers still count."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "version"], name="questionnaire_version_once"
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(status="DRAFT"),
                name="questionnaire_one_draft",
            ),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(status="ACTIVE"),
                name="questionnaire_one_active",
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT", published_at=None, published_by=None)
                | (
                    Q(status__in=["ACTIVE", "RETIRED"])
                    & Q(published_at__isnull=False, published_by__isnull=False)
                ),
                name="questionnaire_published_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(counts_from__gte=1, counts_from__lte=F("version")),
                name="questionnaire_counts_from_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class QuestionnaireItem(models.Model):
    """One part of a form: a question, a text to read, or the begin of a new page.

    `link_id` stays the same from version to version, so that answers find their
    question again.
    """

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="items"
    )
    link_id = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField(help_text="From 0, without gaps.")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.CharField(max_length=2000)
    help_text = models.CharField(max_length=300, blank=True)
    is_required = models.BooleanField(default=False)
    choices = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Of ONE_OF and SEVERAL_OF.",
    )
    unit = models.CharField(max_length=20, blank=True, help_text="Of NUMBER.")
    lowest = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, help_text="Included."
    )
    highest = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, help_text="Included."
    )
    lowest_words = models.CharField(max_length=60, blank=True, help_text="Of SCALE.")
    highest_words = models.CharField(max_length=60, blank=True, help_text="Of SCALE.")
    shown_when = models.UUIDField(
        null=True, blank=True, help_text="The `link_id` of an earlier question."
    )
    shown_answer = models.CharField(
        max_length=120, blank=True, help_text="The answer to it that shows this one."
    )
    tells_answers = ArrayField(
        models.CharField(max_length=120),
        default=list,
        blank=True,
        help_text="Answers that the doctor is told of first.",
    )
    tells_below = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )
    tells_above = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["questionnaire", "link_id"], name="questionnaire_link_once"
            ),
            models.UniqueConstraint(
                fields=["questionnaire", "position"],
                name="questionnaire_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(lowest=None)
                | Q(highest=None)
                | Q(lowest__lte=F("highest")),
                name="questionnaire_bounds_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def control(self) -> str:
        """What its control on a page is called. That of a consent belongs to one
        version: a name that was typed under other words signs nothing."""
        version = f"-{self.pk}" if self.kind == Kind.CONSENT else ""
        return f"q-{self.link_id}{version}"
