"""A person's rows as plain values: what they say, without keys and other people."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Patient, User
from booking.models import Appointment
from clinic.models import Offering
from portal.holdings.queries import HOLDINGS, Holding, rows_about
from records.models import Document, Prescription, QuestionnaireResponse
from records.questionnaires.queries import items_of
from records.responses.queries import files_of, lines_of

Row = dict[str, Any]
SOMEBODY = "Somebody who works here"
A_FEW = 200


class Person:
    """Whose data it is: their account, and their record with those merged into it.

    `is_whole` is for what the clinic must keep itself: nothing is held back then.
    """

    def __init__(
        self,
        *,
        user: User,
        patients: list[Patient],
        works_here: bool = False,
        is_whole: bool = False,
    ) -> None:
        self.user, self.patients = user, patients
        self.works_here, self.is_whole = works_here, is_whole

    @property
    def patient(self) -> Patient | None:
        """The record that holds everything; None before they said who they are."""
        return self.patients[0] if self.patients else None

    def rows(self, label: str, after: Any = None, until: Any = None) -> Iterator[Any]:
        """The rows of one table that are about them, a few at a time, in the order of
        their keys: those behind `after`, up to `until`."""
        holding = HOLDINGS[label]
        found = rows_about(
            label,
            user=self.user,
            patients=self.patients,
            works_here=self.works_here,
            is_whole=self.is_whole,
        )
        if after is not None:
            found = found.filter(pk__gt=after)
        if until is not None:
            found = found.filter(pk__lte=until)
        joined = [name for name in holding.columns if _is_relation(found.model, name)]
        return iter(found.select_related(*joined).iterator(chunk_size=A_FEW))


def kinds() -> dict[str, Holding]:
    """The tables that are in an export, by label."""
    return {label: one for label, one in HOLDINGS.items() if one.kind}


def is_withheld(document: Document, person: Person) -> str:
    """Why a document's title and content stay here; "" where they go along.

    What a doctor has not shared yet is shared by the doctor (GDPR 15(4), 23; in the UK
    Data Protection Act 2018, schedule 3). What somebody here took out again may be
    another patient's. What the scanner did not pass may do harm.
    """
    if person.is_whole:
        return ""
    if document.removed_at and document.uploaded_by_id != person.user.pk:
        return "taken out again: it was added to your record by mistake"
    if not document.is_shared_with_patient:
        return "not shared with you yet: your doctor will go through it with you"
    if document.state != Document.State.CLEAN:
        return "it has not passed the check for viruses"
    return ""


def plain(row: Any, holding: Holding, person: Person) -> Row:
    """One row as it stands in the export."""
    found: Row = {}
    withheld = is_withheld(row, person) if isinstance(row, Document) else ""
    for name in holding.shown.split():
        if withheld and name in {"title", "file", "sha256"}:
            continue
        found[name] = _value(row, name, person)
    if withheld:
        found["withheld"] = withheld
    if isinstance(row, QuestionnaireResponse):
        found["answers"] = said_of(row)
    if holding.own:
        acted = getattr(row, f"{holding.user}_id") == person.user.pk
        for name in holding.own.split():
            found[name] = _value(row, name, person) if acted else None
    return found


def said_of(row: QuestionnaireResponse) -> list[Row]:
    """What was asked and answered, in words; a consent with when it was signed, a file
    with the document that it is. What
    was typed under a question that is not shown any more is theirs, too."""
    items = items_of(row.questionnaire)
    left = dict(row.answers)
    found: list[Row] = []
    files = files_of(row.patient, items, row.answers)
    for line in lines_of(items, row.answers, files=files):
        link = str(line.item.link_id)
        left.pop(link, None)
        one = {"link": link, "question": line.item.text, "answer": line.words or None}
        if line.signed_at is not None:
            one["signed_at"] = line.signed_at.isoformat()
        if line.document is not None:
            one["document"] = str(line.document.public_id)
        found.append(one)
    texts = {str(item.link_id): item.text for item in items}
    for link, typed in left.items():
        words = typed if isinstance(typed, str) else ", ".join(typed)
        question = texts.get(link, "A question that is not asked any more")
        found.append({"link": link, "question": question, "answer": words or None})
    return found


def _value(row: Any, name: str, person: Person) -> Any:
    field = row._meta.get_field(name)
    value = getattr(row, name)
    if value is None:
        return None
    if isinstance(field, models.FileField):
        return file_name(row) if value else None
    if isinstance(field, models.ForeignKey):
        return _called(value, person)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


def _called(thing: Any, person: Person) -> str:
    """What a person reads where a row points at another. Of those who work here the
    name, as the portal's own pages show it, and never an address."""
    if isinstance(thing, User):
        if thing.pk == person.user.pk:
            return "you"
        return thing.get_full_name() or SOMEBODY
    if isinstance(thing, Appointment):
        return thing.reference
    if isinstance(thing, Prescription):
        return thing.number
    if isinstance(thing, Offering):
        return f"{thing.visit_type} with {thing.doctor}"
    if isinstance(thing, Document):
        return file_name(thing)
    if type(thing).__name__ == "Payment":
        return str(thing.public_id)
    return str(thing)


ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def file_name(row: Any) -> str:
    """Where a row's file stands in the archive. The title is not in it: the name of a
    file shows in more places than its content."""
    if isinstance(row, Patient):
        return f"files/portrait-{row.number}.jpg"
    made = f"{row.created_at:%Y-%m-%d}"
    ending = ENDINGS.get(row.content_type, "bin")
    return f"files/{made}-{row.category.lower()}-{row.public_id.hex[:8]}.{ending}"


def files(person: Person) -> Iterator[tuple[str, Any]]:
    """(name in the archive, the stored file) of everything that goes along."""
    for patient in person.patients:
        if patient.picture and not person.is_whole:
            yield file_name(patient), patient.picture
    for document in person.rows("records.Document"):
        if document.file and not is_withheld(document, person):
            yield file_name(document), document.file


def _is_relation(model: Any, name: str) -> bool:
    return isinstance(model._meta.get_field(name), models.ForeignKey)
