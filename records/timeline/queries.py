"""A patient's story in order of time. Owns no tables."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.patients.models import Patient
from accounts.patients.permissions import acts_on, is_own
from accounts.proxies.models import Scope
from booking.appointments.models import Status
from booking.appointments.permissions import visible_to as visible_appointments
from records.amendments.queries import amendments_of
from records.documents.models import Document
from records.documents.queries import ready_documents
from records.prescriptions.models import Prescription
from records.prescriptions.queries import prescriptions_of
from records.responses.queries import completed_of

VISITS, DOCUMENTS, PRESCRIPTIONS = "visits", "documents", "prescriptions"
AMENDMENTS, FORMS = "amendments", "forms"
KINDS = {
    VISITS: "Visits",
    DOCUMENTS: "Documents",
    PRESCRIPTIONS: "Medicines",
    AMENDMENTS: "Corrections",
    FORMS: "Forms",
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `at` is UTC; `zone` is the IANA zone to show it in,
    empty for the clinic's. `status` is a key of the status words, or empty."""

    at: datetime
    kind: str
    icon: str
    title: str
    text: str = ""
    url: str = ""
    status: str = ""
    zone: str = ""


def timeline(
    user: Any,
    patient: Patient,
    *,
    kinds: Collection[str] = tuple(KINDS),
    before: datetime | None = None,
    limit: int = 30,
) -> list[Entry]:
    """What `user` may see of the patient's story, the newest first.

    At most `limit` entries older than `before`; one query a kind.
    """
    entries: list[Entry] = []
    if VISITS in kinds:
        entries += _visits(user, patient, before, limit)
    if DOCUMENTS in kinds:
        entries += _documents(user, patient, before, limit)
    if PRESCRIPTIONS in kinds:
        entries += _prescriptions(user, patient, before, limit)
    if AMENDMENTS in kinds:
        entries += _amendments(user, patient, before, limit)
    if FORMS in kinds:
        entries += _forms(user, patient, before, limit)
    return newest(entries, limit)


def newest(entries: list[Entry], limit: int) -> list[Entry]:
    """The `limit` newest of `entries`, the newest first."""
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def _visits(
    user: Any, patient: Patient, before: datetime | None, limit: int
) -> list[Entry]:
    # What was never booked is no part of anybody's story.
    rows = (
        visible_appointments(user)
        .filter(patient=patient)
        .exclude(status__in=[Status.HELD, Status.EXPIRED])
        .select_related("doctor", "visit_type", "location")
        .order_by("-starts_at")
    )
    if before is not None:
        rows = rows.filter(starts_at__lt=before)
    own = is_own(user, patient) or not user.has_perm("accounts.work_here")
    return [
        Entry(
            at=row.starts_at,
            kind=VISITS,
            icon="video" if row.visit_type.mode == "VIDEO" else "calendar",
            title=f"Visit with {row.doctor.full_name}",
            text=f"{row.visit_type.name}, {row.location.name}",
            url=reverse("booking:appointment", args=[row.public_id])
            if own
            else reverse("workspace:appointment", args=[row.public_id]),
            status=row.status,
            zone=row.location.time_zone,
        )
        for row in rows[:limit]
    ]


def _documents(
    user: Any, patient: Patient, before: datetime | None, limit: int
) -> list[Entry]:
    rows = ready_documents(user, patient)
    rows = rows.exclude(category=Document.Category.PRESCRIPTION)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    return [
        Entry(
            at=row.created_at,
            kind=DOCUMENTS,
            icon="file",
            title=row.title,
            text=row.get_category_display(),
            url=reverse("records:download", args=[row.public_id]),
        )
        for row in rows[:limit]
    ]


def _prescriptions(
    user: Any, patient: Patient, before: datetime | None, limit: int
) -> list[Entry]:
    rows = prescriptions_of(user, patient).annotate(
        told_at=Coalesce("signed_at", "created_at")
    )
    if before is not None:
        rows = rows.filter(told_at__lt=before)
    rows = rows.order_by("-told_at", "-pk")
    return [
        Entry(
            at=row.signed_at or row.created_at,
            kind=PRESCRIPTIONS,
            icon="pill",
            title=", ".join(str(item) for item in row.items.all()),
            text=f"Prescribed by {row.doctor.full_name}",
            url=reverse("records:prescription", args=[row.public_id]),
            status="" if row.status == Prescription.Status.SIGNED else row.status,
        )
        for row in rows[:limit]
    ]


def _amendments(
    user: Any, patient: Patient, before: datetime | None, limit: int
) -> list[Entry]:
    rows = amendments_of(user, patient)
    if before is not None:
        rows = rows.filter(asked_at__lt=before)
    own = acts_on(user, patient, Scope.RECORDS)
    return [
        Entry(
            at=row.asked_at,
            kind=AMENDMENTS,
            icon="edit",
            title=f"Correction asked for: {row.get_part_display().lower()}",
            text=row.get_status_display(),
            url=reverse(
                "records:own_amendment" if own else "records:amendment",
                args=[row.public_id],
            ),
        )
        for row in rows[:limit]
    ]


def _forms(
    user: Any, patient: Patient, before: datetime | None, limit: int
) -> list[Entry]:
    rows = completed_of(user, patient)
    if before is not None:
        rows = rows.filter(completed_at__lt=before)
    own = acts_on(user, patient, Scope.RECORDS)
    return [
        Entry(
            at=row.completed_at or row.created_at,
            kind=FORMS,
            icon="clipboard",
            title=row.questionnaire.title,
            text="Answers said to be right still"
            if row.is_confirmed
            else "Answers before a visit",
            url=reverse(
                "records:own_response" if own else "records:response",
                args=[row.public_id],
            ),
        )
        for row in rows[:limit]
    ]
