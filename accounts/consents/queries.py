"""What do people agree to, and who has agreed? Whoever needs a consent asks here."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.consents.models import OPTIONAL, Consent, ConsentText, Purpose
from accounts.patients.models import Patient
from accounts.restrictions.queries import restricted_patients

# Asked on the portal's first page; the others when what they are for comes up.
ASKED_AT_HOME = (Purpose.MARKETING, Purpose.RESEARCH)


def current_text(purpose: str) -> ConsentText | None:
    """The version that people see now; None where nothing is published."""
    rows = ConsentText.objects.filter(purpose=purpose).exclude(published_at=None)
    return rows.order_by("-version").first()


def draft_of(purpose: str) -> ConsentText | None:
    """The version that is being written, if there is one."""
    return ConsentText.objects.filter(purpose=purpose, published_at=None).first()


def versions_of(purpose: str) -> QuerySet[ConsentText]:
    """What was published, the newest first, each with how many said yes to it."""
    rows = ConsentText.objects.filter(purpose=purpose).exclude(published_at=None)
    yes = Count("consents", filter=Q(consents__decision=Consent.Decision.GIVEN))
    return rows.annotate(yes=yes).select_related("published_by").order_by("-version")


def holding(purpose: str) -> QuerySet[Consent]:
    """The consents of a purpose that count now, at most one a patient: the last word
    was yes, and the text has not been given another meaning since. Merged records
    count no more: what was said on them went to the record that took over."""
    last = (
        Consent.objects.filter(patient=OuterRef("patient"), purpose=purpose)
        .order_by("-pk")
        .values("pk")[:1]
    )
    meant = (
        ConsentText.objects.filter(purpose=purpose, is_material=True)
        .exclude(published_at=None)
        .values("purpose")
        .annotate(newest=Max("version"))
        .values("newest")
    )
    return Consent.objects.filter(
        pk=Subquery(last),
        purpose=purpose,
        decision=Consent.Decision.GIVEN,
        patient__merged_into=None,
        text__version__gte=Coalesce(Subquery(meant), F("text__version")),
    )


def holds(patient: Patient, purpose: str) -> bool:
    """Whether `patient` agrees to `purpose` now: the gate that features ask."""
    return holding(purpose).filter(patient=patient).exists()


def agreeing(purpose: str, patients: Iterable[Patient]) -> set[int]:
    """Ids of those among `patients` who agree now. One query."""
    keys = [patient.pk for patient in patients]
    if not keys:
        return set()
    found = holding(purpose).filter(patient__in=keys)
    return set(found.values_list("patient_id", flat=True))


def may_share(patient: Patient) -> bool:
    """Whether data may go to providers outside the clinic."""
    return holds(patient, Purpose.SHARING)


def may_record(patient: Patient) -> bool:
    """Whether a call or a visit may be recorded."""
    return holds(patient, Purpose.RECORDING)


def in_research() -> QuerySet[Consent]:
    """The consents, one a patient, that let data into research and statistics. What may
    not be used at all is not."""
    closed = restricted_patients(timezone.now())
    return holding(Purpose.RESEARCH).exclude(patient__in=closed)


def history_of(patient: Patient) -> QuerySet[Consent]:
    """Everything that was ever said, the newest first."""
    rows = Consent.objects.filter(patient=patient).select_related("text", "actor")
    return rows.order_by("-pk")


@dataclass(frozen=True)
class Choice:
    """One purpose as it stands for a patient. `last` is their last word, None before
    the first; `is_stale`: a yes that counts no more, for the text changed."""

    purpose: Purpose
    text: ConsentText
    last: Consent | None
    is_given: bool

    @property
    def label(self) -> str:
        return str(self.purpose.label)

    @property
    def is_optional(self) -> bool:
        return self.purpose in OPTIONAL

    @property
    def is_stale(self) -> bool:
        given = self.last is not None and self.last.decision == Consent.Decision.GIVEN
        return given and not self.is_given

    @property
    def is_open(self) -> bool:
        """Whether an answer is missing."""
        return self.last is None or self.is_stale


def choices_of(patient: Patient) -> list[Choice]:
    """Every purpose with a published text. Three queries."""
    texts: dict[str, ConsentText] = {}
    meant: dict[str, int] = {}
    published = ConsentText.objects.exclude(published_at=None)
    for text in published.order_by("version"):
        texts[text.purpose] = text
        if text.is_material:
            meant[text.purpose] = text.version
    latest: dict[str, Consent] = {}
    said = Consent.objects.filter(patient=patient).select_related("text", "actor")
    for consent in said.order_by("purpose", "-pk").distinct("purpose"):
        latest[consent.purpose] = consent
    found = []
    for purpose in Purpose:
        if purpose not in texts:
            continue
        last = latest.get(purpose)
        given = (
            last is not None
            and last.decision == Consent.Decision.GIVEN
            and last.text.version >= meant.get(purpose, 0)
        )
        found.append(Choice(purpose, texts[purpose], last, given))
    return found


def open_questions(patient: Patient) -> list[Choice]:
    """What the portal's first page asks about: optional choices without an answer,
    and those whose text has got another meaning since the patient said yes."""
    return [
        choice
        for choice in choices_of(patient)
        if choice.is_optional
        and choice.is_open
        and (choice.purpose in ASKED_AT_HOME or choice.is_stale)
    ]
