"""Files as answers. Each goes into the patient's record as soon as it is chosen, by the
way of every document, so that nothing is lost when the form is answered in pieces."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from accounts.users.models import User
from records.documents.models import Document
from records.documents.services import NotRemovable, add_document, remove_document
from records.questionnaires.models import QuestionnaireItem
from records.responses.models import QuestionnaireResponse
from records.responses.services.filling import SentAlready, own_response, save_answers

TITLE = 160


def answer_with_file(
    *,
    actor: User,
    response: QuestionnaireResponse,
    item: QuestionnaireItem,
    file: File,
    at: datetime,
) -> QuestionnaireResponse:
    """Keep a file as a document of the visit, called by its question, and as the answer
    to it, in place of the one before.

    It is inspected, sealed and, where a virus scanner is set up, put in quarantine as
    any document. Raises NotYours and SentAlready before anything is kept, UploadRefused
    where the file is unfit or too many came today, Away where the storage does not
    answer; the answer before then stays.
    """
    row = _open(actor, response)
    document = add_document(
        actor=actor,
        patient=row.patient,
        category=Document.Category.OTHER,
        title=item.text[:TITLE],
        file=file,
        at=at,
        appointment=row.appointment,
    )
    return _answer(actor, row, item, [str(document.public_id)], at)


def answer_without_file(
    *,
    actor: User,
    response: QuestionnaireResponse,
    item: QuestionnaireItem,
    at: datetime,
) -> QuestionnaireResponse:
    """Take the file out of the answer again. Raises NotYours and SentAlready."""
    return _answer(actor, _open(actor, response), item, [], at)


@transaction.atomic
def _open(actor: User, response: QuestionnaireResponse) -> QuestionnaireResponse:
    row = own_response(actor, response)
    if row.status != QuestionnaireResponse.Status.IN_PROGRESS:
        raise SentAlready
    return row


@transaction.atomic
def _answer(
    actor: User,
    row: QuestionnaireResponse,
    item: QuestionnaireItem,
    typed: list[str],
    at: datetime,
) -> QuestionnaireResponse:
    link = str(item.link_id)
    before = set(own_response(actor, row).answers.get(link, ()))
    kept = save_answers(actor=actor, response=row, answers={link: typed})
    for public_id in before - set(typed):
        _let_go(actor, kept, public_id, at)
    return kept


def _let_go(
    actor: User, row: QuestionnaireResponse, public_id: str, at: datetime
) -> None:
    """Out of the record goes what answers nothing any more, as long as who added it may
    still take it back: answers that were sent keep their files."""
    others = QuestionnaireResponse.objects.filter(patient=row.patient_id)
    if any(public_id in typed for one in others for typed in _texts(one)):
        return
    found = Document.objects.filter(patient=row.patient_id, public_id=public_id).first()
    if found is not None:
        with suppress(NotRemovable):
            remove_document(actor=actor, document=found, at=at)


def _texts(row: QuestionnaireResponse) -> list[Any]:
    return list(row.answers.values())
