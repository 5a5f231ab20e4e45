"""What was answered, as people read it: with what the doctor is told of first, and what
differs from the time before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.patients.models import Patient
from records.documents.models import Document
from records.questionnaires.models import Kind, QuestionnaireItem
from records.questionnaires.queries import (
    Answers,
    is_question,
    is_told,
    items_of,
    shown_items,
    words_of,
)
from records.responses.models import QuestionnaireResponse
from records.responses.permissions import visible_to
from records.responses.queries.files import Files, file_in, file_words, files_of
from records.responses.queries.standing import VisitForm


@dataclass(frozen=True)
class Line:
    """One question with its answer. `before` is the earlier answer where it differs,
    None where it does not or nobody was asked; `signed_at` is of a consent, `document`
    a file that was given, while it is in the record."""

    item: QuestionnaireItem
    words: str
    is_told: bool = False
    before: str | None = None
    signed_at: datetime | None = None
    document: Document | None = None


@dataclass(frozen=True)
class Answered:
    """One response, ready to be read."""

    response: QuestionnaireResponse
    lines: list[Line]

    @property
    def told(self) -> list[Line]:
        """What the clinic wants the doctor to see first."""
        return [line for line in self.lines if line.is_told]

    @property
    def given(self) -> list[Line]:
        """The files that were given."""
        return [line for line in self.lines if line.document is not None]

    @property
    def changed(self) -> list[Line]:
        """What differs from the time before."""
        return [line for line in self.lines if line.before is not None]


def completed_of(user: Any, patient: Patient) -> QuerySet[QuestionnaireResponse]:
    """What the patient sent, as far as `user` sees it, the newest first."""
    rows = visible_to(user).filter(
        patient=patient, status=QuestionnaireResponse.Status.COMPLETED
    )
    return rows.select_related(
        "questionnaire", "appointment__location", "completed_by"
    ).order_by("-completed_at", "-pk")


def before_of(
    user: Any, response: QuestionnaireResponse
) -> QuestionnaireResponse | None:
    """What the patient sent to the same form the time before."""
    if response.completed_at is None:
        return None
    rows = completed_of(user, response.patient).filter(key=response.key)
    return rows.filter(completed_at__lt=response.completed_at).first()


def read_again(
    user: Any, response: QuestionnaireResponse, *, compares: bool = True
) -> Answered:
    """One response with what differs from the time before. At most four queries."""
    before = before_of(user, response) if compares else None
    items = items_of(response.questionnaire)
    earlier = before.answers if before is not None else None
    files = files_of(response.patient, items, response.answers)
    return Answered(response, lines_of(items, response.answers, earlier, files=files))


def answered_for(user: Any, forms: Iterable[VisitForm]) -> dict[int, Answered]:
    """What was answered to a visit's forms, by the form's key in the database, as far
    as `user` may read it."""
    wanted = {one.form.pk: one.standing.said for one in forms}
    keys = [said.pk for said in wanted.values() if said is not None]
    if not keys:
        return {}
    rows = (
        visible_to(user)
        .filter(pk__in=keys)
        .select_related("questionnaire", "patient", "completed_by")
    )
    by_pk = {row.pk: row for row in rows}
    return {
        form: read_again(user, by_pk[said.pk])
        for form, said in wanted.items()
        if said is not None and said.pk in by_pk
    }


def lines_of(
    items: list[QuestionnaireItem],
    answers: Answers,
    before: Answers | None = None,
    *,
    files: Files,
) -> list[Line]:
    """The questions that were shown, with their answers; `files` are those that the
    answers name. Pure."""
    return [
        _line(item, answers, before, files)
        for item in shown_items(items, answers)
        if is_question(item)
    ]


def _line(
    item: QuestionnaireItem, answers: Answers, before: Answers | None, files: Files
) -> Line:
    link = str(item.link_id)
    typed = answers.get(link, ())
    if item.kind == Kind.FILE:
        return _line_of_file(item, typed, before, files)
    words = words_of(item, typed)
    earlier = None
    # What was signed before is signed anew, and no change.
    if before is not None and item.kind != Kind.CONSENT:
        was = words_of(item, before.get(link, ()))
        earlier = was if was != words else None
    signed_at = None
    if item.kind == Kind.CONSENT and len(typed) > 1:
        signed_at = datetime.fromisoformat(typed[1])
    return Line(item, words, is_told(item, typed), earlier, signed_at)


def _line_of_file(
    item: QuestionnaireItem,
    typed: Sequence[str],
    before: Answers | None,
    files: Files,
) -> Line:
    words = file_words(item, typed, files) if typed else ""
    earlier = None
    if before is not None:
        was = list(before.get(str(item.link_id), ()))
        if was != list(typed):
            earlier = "another file" if was else ""
    return Line(item, words, before=earlier, document=file_in(item, typed, files))
