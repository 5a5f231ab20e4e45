"""What can a correction be asked of, and what was asked?"""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.patients.models import Patient
from booking.appointments.models import Appointment, Status
from booking.appointments.permissions import visible_to as visible_appointments
from foundation.formats import plain_date
from records.amendments.models import Amendment, Part
from records.amendments.permissions import visible_to
from records.documents.models import Document
from records.documents.queries import ready_documents
from records.prescriptions.models import Prescription
from records.prescriptions.queries import prescriptions_of

MOST = 60
Thing = Appointment | Document | Prescription | None


@dataclass(frozen=True)
class Subject:
    """Something in the record that a patient may find wrong. `key` stands for it in
    forms; `thing` is None for what is no row of its own."""

    key: str
    part: Part
    label: str
    thing: Thing = None


def subjects_of(user: Any, patient: Patient) -> list[Subject]:
    """What `user` sees of the patient's record, the newest of each kind first."""
    found = [Subject("identity", Part.IDENTITY, "My name or how you reach me")]
    visits = visible_appointments(user).filter(patient=patient)
    visits = visits.exclude(status__in=[Status.HELD, Status.EXPIRED])
    visits = visits.select_related("doctor", "location").order_by("-starts_at")
    found += [
        Subject(
            f"visit:{row.public_id}",
            Part.VISIT,
            f"Visit of {plain_date(row.starts_at)} with {row.doctor.full_name}",
            row,
        )
        for row in visits[:MOST]
    ]
    found += [
        Subject(
            f"document:{row.public_id}",
            Part.DOCUMENT,
            f"{row.title}, {plain_date(row.created_at)}",
            row,
        )
        for row in ready_documents(user, patient)[:MOST]
    ]
    found += [
        Subject(
            f"prescription:{row.public_id}",
            Part.PRESCRIPTION,
            f"Prescription {row.number} by {row.doctor.full_name}",
            row,
        )
        for row in prescriptions_of(user, patient)[:MOST]
    ]
    return [*found, Subject("other", Part.OTHER, "Something else")]


def amendments_of(user: Any, patient: Patient) -> QuerySet[Amendment]:
    """What was asked about a patient, as far as `user` sees it, the newest first."""
    rows = visible_to(user).filter(patient=patient)
    return _with_names(rows).order_by("-asked_at", "-pk")


def work_of(user: Any) -> QuerySet[Amendment]:
    """What `user` sees at work: what waits first, by the day an answer is due."""
    waits_first = Case(
        When(status=Amendment.Status.ASKED, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    rows = _with_names(visible_to(user)).exclude(patient__user=user)
    return rows.order_by(waits_first, "due_at", "pk")


def about(amendment: Amendment) -> str:
    """What it is about, in words."""
    if amendment.appointment is not None:
        visit = amendment.appointment
        day = plain_date(visit.starts_at)
        return f"Visit of {day} with {visit.doctor.full_name}"
    if amendment.document is not None:
        return (
            f"{amendment.document.title}, {plain_date(amendment.document.created_at)}"
        )
    if amendment.prescription is not None:
        return f"Prescription {amendment.prescription.number}"
    return str(Part(amendment.part).label)


@dataclass
class Amended:
    """Which rows of a record somebody asked to correct: keys of the rows, each with the
    newest request."""

    appointments: dict[int, Amendment] = field(default_factory=dict)
    documents: dict[int, Amendment] = field(default_factory=dict)
    prescriptions: dict[int, Amendment] = field(default_factory=dict)


def amended(user: Any, patient: Patient) -> Amended:
    """What of the patient's record corrections were asked of, as far as `user` sees it;
    one query. Pages show it beside what it is about."""
    found = Amended()
    rows = visible_to(user).filter(patient=patient).order_by("asked_at", "pk")
    for row in rows:
        if row.appointment_id is not None:
            found.appointments[row.appointment_id] = row
        if row.document_id is not None:
            found.documents[row.document_id] = row
        if row.prescription_id is not None:
            found.prescriptions[row.prescription_id] = row
    return found


def _with_names(rows: QuerySet[Amendment]) -> QuerySet[Amendment]:
    return rows.select_related(
        "patient", "decided_by", "appointment__doctor", "document", "prescription"
    )
