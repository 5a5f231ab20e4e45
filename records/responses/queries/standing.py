"""Which forms go with a visit, and whether each is filled in.

Reads whose forms are sent and when, never what was answered: the desk and the jobs ask
this too.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from booking.appointments.models import Appointment, Status
from records.questionnaires.models import Questionnaire
from records.questionnaires.queries import active_for
from records.responses.models import QuestionnaireResponse

# Before that nothing is certain, and after it nobody needs the answers.
FILLABLE = (Status.CONFIRMED, Status.ARRIVED, Status.IN_CONSULTATION)
COMPLETED = QuestionnaireResponse.Status.COMPLETED


class State(Enum):
    """How a form stands for one visit. The first two ask nothing of the patient."""

    DONE = "Sent"
    UP_TO_DATE = "Up to date"
    CONFIRM = "To confirm"
    BEGUN = "Begun"
    OPEN = "To fill in"

    @property
    def is_settled(self) -> bool:
        return self in (State.DONE, State.UP_TO_DATE)


@dataclass(frozen=True)
class Said:
    """That somebody answered a version of a form, or began to; without the answers.
    `sent_at` is None for what was only begun."""

    pk: int
    public_id: UUID
    patient_id: int
    appointment_id: int
    key: UUID
    version: int
    sent_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """`said` is the response that the state comes from; `begun` one that is being
    written for this visit."""

    state: State
    said: Said | None = None
    begun: Said | None = None


@dataclass(frozen=True)
class VisitForm:
    """One form of one visit."""

    form: Questionnaire
    visit: Appointment
    standing: Standing

    @property
    def state(self) -> State:
        return self.standing.state


def standing(form: Questionnaire, visit: Appointment, said: Sequence[Said]) -> Standing:
    """How `form` stands for `visit`, by what the patient said to any of its versions.
    Pure.

    Sent for this very visit, it is done. Else answers count for as many days as the
    form says, reckoned to the visit's start; after that they are shown to be confirmed.
    Answers to versions before `counts_from` count for nothing.
    """
    begun = next(
        (one for one in said if one.sent_at is None and one.appointment_id == visit.pk),
        None,
    )
    sent = [
        (one.sent_at, one)
        for one in said
        if one.sent_at is not None and one.version >= form.counts_from
    ]
    sent.sort(key=lambda pair: pair[0], reverse=True)
    for_this = next((one for _, one in sent if one.appointment_id == visit.pk), None)
    if for_this is not None:
        return Standing(State.DONE, for_this, begun)
    if form.valid_days and sent:
        sent_at, last = sent[0]
        if sent_at + timedelta(days=form.valid_days) > visit.starts_at:
            return Standing(State.UP_TO_DATE, last, begun)
        if begun is None:
            return Standing(State.CONFIRM, last)
    if begun is not None:
        return Standing(State.BEGUN, None, begun)
    return Standing(State.OPEN)


def forms_of(visits: Iterable[Appointment]) -> dict[int, list[VisitForm]]:
    """The forms of each visit, by the visit's key. Three queries, whatever the number
    of visits; two where no form is in use for them."""
    found = [visit for visit in visits if visit.patient_id is not None]
    by_visit: dict[int, list[VisitForm]] = {visit.pk: [] for visit in found}
    if not found:
        return by_visit
    forms = list(active_for(visit.visit_type_id for visit in found))
    if not forms:
        return by_visit
    said = _said({v.patient_id for v in found}, {form.key for form in forms})
    kinds = {form.pk: {one.pk for one in form.visit_types.all()} for form in forms}
    for visit in found:
        for form in forms:
            if visit.visit_type_id not in kinds[form.pk]:
                continue
            theirs = [
                one
                for one in said
                if one.patient_id == visit.patient_id and one.key == form.key
            ]
            place = standing(form, visit, theirs)
            by_visit[visit.pk].append(VisitForm(form, visit, place))
    return by_visit


def forms_of_visit(visit: Appointment) -> list[VisitForm]:
    """The forms of one visit."""
    return forms_of([visit]).get(visit.pk, [])


def open_forms(visits: Iterable[Appointment]) -> dict[int, list[VisitForm]]:
    """What is still to be filled in, of visits for which it can be; visits without any
    are left out."""
    found = forms_of(visit for visit in visits if visit.status in FILLABLE)
    left = {
        pk: [one for one in forms if not one.state.is_settled]
        for pk, forms in found.items()
    }
    return {pk: forms for pk, forms in left.items() if forms}


def _said(patients: Collection[int | None], keys: Collection[UUID]) -> list[Said]:
    rows = QuestionnaireResponse.objects.filter(patient__in=patients, key__in=keys)
    return [
        Said(*row)
        for row in rows.order_by("pk").values_list(
            "pk",
            "public_id",
            "patient_id",
            "appointment_id",
            "key",
            "questionnaire__version",
            "completed_at",
        )
    ]
