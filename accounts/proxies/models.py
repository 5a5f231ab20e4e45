from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast

from accounts.patients.models import Patient
from audit.entries.models import Category
from foundation.encryption.fields import EncryptedTextField
from foundation.models import Public, Timestamped
from foundation.personal import Personal, Reads


class Scope(models.TextChoices):
    """What somebody may do for another, each by itself."""

    BOOK = "book", "Book and cancel visits"
    MESSAGES = "messages", "Read messages"
    RECORDS = "records", "See the health record"
    MONEY = "money", "See and make payments"
    # Opens nothing: what the others reach is told by e-mail as well.
    COPIES = "copies", "Get e-mails about all this"


class AgeRule(models.Model):
    """From which age young people decide themselves, and in whose days it is reckoned:
    one row, pushed down by the clinic, which stands above this floor."""

    age = models.PositiveSmallIntegerField(
        default=16, validators=[MinValueValidator(1), MaxValueValidator(25)]
    )
    time_zone = models.CharField(max_length=64, default="Europe/London")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_age_rule"),
            models.CheckConstraint(
                condition=Q(age__gte=1, age__lte=25), name="age_rule_sensible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.age} years"


def born_too_late(at: datetime) -> models.Subquery:
    """Whoever was born after this date has not reached the clinic's age at `at`.

    Days change at midnight in the clinic's zone. Who was born on 29 February comes of
    age on 1 March where the year has no such day.
    """
    today = Cast(
        Func(
            F("time_zone"), Value(at, models.DateTimeField()), function="timezone",
            output_field=models.DateTimeField(),
        ),
        models.DateField(),
    )  # fmt: skip
    years = Func(
        F("age"), template="make_interval(years => %(expressions)s)",
        output_field=models.DurationField(),
    )  # fmt: skip
    born = Func(
        today, years, template="(%(expressions)s)::date", arg_joiner=" - ",
        output_field=models.DateField(),
    )  # fmt: skip
    return models.Subquery(AgeRule.objects.annotate(born=born).values("born")[:1])


class ProxyQuerySet(models.QuerySet["Proxy"]):
    def in_force(self, at: datetime) -> "ProxyQuerySet":
        """Those that let somebody act at `at`. Reckoned from dates, so that nothing
        lasts longer because a job was late."""
        return self.filter(
            Q(ends_at=None) | Q(ends_at__gt=at),
            Q(until_age=False) | Q(patient__birth_date__gt=born_too_late(at)),
            status=Proxy.Status.ACTIVE,
            starts_at__lte=at,
            patient__merged_into=None,
        )

    def open_to(self, scope: str) -> "ProxyQuerySet":
        """Those that reach so far."""
        return self.filter(scopes__contains=[scope])

    def asked_by(self, user: object, at: datetime) -> "ProxyQuerySet":
        """What `user` asked for, as they see it: a request that was declined waits for
        them until it lapses, like one that names nobody. So no answer tells whether
        there is such a patient."""
        return self.filter(
            user=user,
            status__in=(Proxy.Status.ASKED, Proxy.Status.DECLINED),
            email="",
            lapses_at__gt=at,
        )

    def waiting(self, at: datetime) -> "ProxyQuerySet":
        """Invitations and requests that can still be answered at `at`."""
        return self.filter(status__in=WAITING, lapses_at__gt=at)


class Proxy(Personal, Public, Timestamped):
    """A person acts for a patient, or is about to: FHIR's RelatedPerson.

    Begun by either side. `user` is empty while somebody who was invited by `email` has
    not answered; `patient` is empty where a request named nobody whom we know, which
    its sender can't tell from one that waits. Whether it lets anybody act is asked of
    `in_force` alone: ACTIVE may be over by its dates.
    """

    reads = Reads(Category.PROXIES, patient="patient_id")

    class Status(models.TextChoices):
        INVITED = "INVITED", "Invited"
        ASKED = "ASKED", "Asked for"
        ACTIVE = "ACTIVE", "In force"
        DECLINED = "DECLINED", "Declined"
        WITHDRAWN = "WITHDRAWN", "Withdrawn"
        ENDED = "ENDED", "Ended"

    # Nobody reaches more than was agreed: who acts for a record that is merged into
    # another can act no more (`in_force`).
    stays_when_merged = True

    MOVES = {
        Status.INVITED: {Status.ACTIVE, Status.DECLINED, Status.WITHDRAWN},
        Status.ASKED: {Status.ACTIVE, Status.DECLINED, Status.WITHDRAWN},
        Status.ACTIVE: {Status.ENDED},
        # By who had asked, and does not know.
        Status.DECLINED: {Status.WITHDRAWN},
    }

    class Relation(models.TextChoices):
        PARENT = "PARENT", "Parent"
        GUARDIAN = "GUARDIAN", "Guardian"
        SPOUSE = "SPOUSE", "Husband, wife or partner"
        CHILD = "CHILD", "Grown-up child"
        CARER = "CARER", "Carer"
        LEGAL = "LEGAL", "Legal representative"
        OTHER = "OTHER", "Somebody else whom they trust"

    class Ground(models.TextChoices):
        """On whose word the patient's side agreed."""

        PATIENT = "PATIENT", "The patient agreed"
        MINOR = "MINOR", "The clinic, for a young person"
        UNABLE = "UNABLE", "The clinic, for a person who can't decide"

    patient = models.ForeignKey(
        Patient,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proxies",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proxies",
    )
    status = models.CharField(max_length=10, choices=Status)
    relation = models.CharField(max_length=10, choices=Relation)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), default=list)
    wanted_scopes = ArrayField(
        models.CharField(max_length=10, choices=Scope),
        default=list,
        blank=True,
        help_text="What one side wants to add; it waits for the other.",
    )
    wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    wanted_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the wish can be answered."
    )
    email = models.EmailField(
        max_length=254, blank=True, help_text="Where the invitation went."
    )
    asked_number = EncryptedTextField(
        blank=True, help_text="The patient number that a request named."
    )
    reason = EncryptedTextField(blank=True, help_text="Why somebody asks, their words.")
    lapses_at = models.DateTimeField(help_text="Until then it can be accepted.")
    ground = models.CharField(max_length=8, choices=Ground, blank=True)
    document_seen = EncryptedTextField(
        blank=True, help_text="What the clinic saw before it agreed for the patient."
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="End exclusive.")
    until_age = models.BooleanField(
        default=False, help_text="Ends when the patient reaches the clinic's age."
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty where a date ended it.",
    )
    warned_at = models.DateTimeField(
        null=True, blank=True, help_text="When both were told that an age ends it."
    )

    objects = ProxyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "proxies"
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"],
                condition=Q(status="ACTIVE"),
                name="proxy_active_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ACTIVE", "ENDED"])
                | (
                    Q(patient__isnull=False)
                    & Q(user__isnull=False)
                    & Q(starts_at__isnull=False)
                    & ~Q(ground="")
                ),
                name="proxy_active_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(ground__in=["", "PATIENT"])
                | (Q(confirmed_by__isnull=False) & ~Q(document_seen="")),
                name="proxy_confirmed_with_document",
            ),
            models.CheckConstraint(
                condition=~Q(status="ENDED") | Q(ends_at__isnull=False),
                name="proxy_ended_has_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.email} for {self.patient or 'somebody'}"

    @property
    def scope_labels(self) -> list[str]:
        """What it allows, in words, in the order of Scope."""
        return labels_of(self.scopes)

    @property
    def wanted_labels(self) -> list[str]:
        """What is to be added, in words."""
        return labels_of(self.wanted_scopes)


WAITING = (Proxy.Status.INVITED, Proxy.Status.ASKED)


def labels_of(scopes: Collection[str]) -> list[str]:
    """Scopes in words, in the order of Scope."""
    return [str(scope.label) for scope in Scope if scope.value in scopes]
