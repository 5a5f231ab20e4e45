"""The files that were given as answers: documents of the patient's record, which an
answer names by their `public_id`."""

from collections.abc import Iterable, Mapping, Sequence

from accounts.patients.models import Patient
from foundation.formats import file_size
from foundation.uuids import read_uuid
from records.documents.models import Document
from records.questionnaires.models import Kind, QuestionnaireItem
from records.questionnaires.queries import Answers

# By their `public_id` as text.
Files = Mapping[str, Document]

GONE = "This file is no longer here. Choose it again"
HARMFUL = (
    "Our virus scanner found something harmful in this file. Choose another one, from a"
    " clean copy"
)


def files_of(
    patient: Patient | None,
    items: Iterable[QuestionnaireItem],
    answers: Answers,
) -> dict[str, Document]:
    """The documents of the patient that answers to these questions name. One query,
    none where no file was asked for."""
    asked = [str(item.link_id) for item in items if item.kind == Kind.FILE]
    named = (read_uuid(text) for link in asked for text in answers.get(link, ()))
    keys = {key for key in named if key is not None}
    if patient is None or not keys:
        return {}
    rows = Document.objects.filter(patient=patient, public_id__in=keys)
    return {str(row.public_id): row for row in rows}


def file_in(
    item: QuestionnaireItem, typed: Sequence[str], files: Files
) -> Document | None:
    """The document that an answer names, if it is in the record."""
    if item.kind != Kind.FILE or not typed:
        return None
    found = files.get(typed[0])
    return found if found is not None and found.removed_at is None else None


def file_error(item: QuestionnaireItem, typed: Sequence[str], files: Files) -> str:
    """What is wrong with the file that an answer names, in words for who gave it; ""
    for nothing."""
    if item.kind != Kind.FILE or not typed:
        return ""
    found = file_in(item, typed, files)
    if found is None:
        return GONE
    return HARMFUL if found.state == Document.State.REFUSED else ""


def file_words(item: QuestionnaireItem, typed: Sequence[str], files: Files) -> str:
    """Such an answer as people read it."""
    found = file_in(item, typed, files)
    if found is None:
        return "A file that is no longer in the record"
    words = f"{_KINDS.get(found.content_type, 'File')}, {file_size(found.size)}"
    if found.state == Document.State.REFUSED:
        return f"{words}. Not kept: the virus scanner found something harmful in it"
    if found.state == Document.State.QUARANTINED:
        return f"{words}. It opens once it has been checked for viruses"
    return words


_KINDS = {"application/pdf": "PDF", "image/jpeg": "Picture", "image/png": "Picture"}
