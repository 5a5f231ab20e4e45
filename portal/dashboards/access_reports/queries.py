"""Compliance reports over the access log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Patient
from accounts.users.models import User
from audit.entries.models import (
    IN_EMERGENCY,
    LEAVES,
    Action,
    Category,
    Entry,
    Outcome,
)
from foundation.formats import join_words
from portal.dashboards.access.queries import role_words
from portal.dashboards.access_reports.permissions import (
    hidden_categories,
    visible_to,
)
from portal.holdings.queries import keys_with_merged

ALL, EMERGENCY, REFUSED, COPIES, CHANGES, SESSIONS, VERIFIED = (
    "", "emergency", "refused", "copies", "changes", "sessions", "log"
)  # fmt: skip
KINDS = {
    ALL: "Everything",
    EMERGENCY: "Emergency access",
    REFUSED: "Refused or failed",
    COPIES: "Exports, prints, downloads",
    CHANGES: "Changes",
    SESSIONS: "Signing in and out",
    VERIFIED: "The log itself",
}
SORTS = {"": "Newest first", "oldest": "Oldest first"}


@dataclass(frozen=True)
class Question:
    """What a report is about. `since` is included, `until` is not."""

    kind: str = ALL
    patient: Patient | None = None
    person: User | None = None
    since: datetime | None = None
    until: datetime | None = None
    oldest_first: bool = False


@dataclass(frozen=True)
class Row:
    """One entry in words for staff. `patient` is a name, or only the number."""

    at: datetime
    person: str
    role: str
    action: str
    categories: str
    patient: str
    outcome: str
    is_done: bool
    verb: str
    subject: str
    purpose: str
    address: str
    agent: str
    request_id: str

    @property
    def cells(self) -> list[str]:
        """The columns of the file, but for the time."""
        return [
            self.person, self.role, self.action, self.categories, self.patient,
            self.outcome, self.verb, self.subject, self.purpose, self.address,
            self.agent, self.request_id,
        ]  # fmt: skip


HEAD = [
    "Person", "Role", "Action", "Data", "Patient", "Outcome", "Act", "Object", "Why",
    "Address", "Device", "Request",
]  # fmt: skip


def entries_for(user: Any, question: Question) -> QuerySet[Entry]:
    """The entries that answer the question, as far as `user` may see them."""
    rows = visible_to(user)
    if question.patient is not None:
        rows = rows.filter(patient_id__in=keys_with_merged(question.patient))
    if question.person is not None:
        rows = rows.filter(actor=question.person)
    if question.since is not None:
        rows = rows.filter(at__gte=question.since)
    if question.until is not None:
        rows = rows.filter(at__lt=question.until)
    rows = _of_kind(rows, question.kind).select_related("actor")
    if question.oldest_first:
        return rows.order_by("at", "pk")
    return rows.order_by("-at", "-pk")


def _of_kind(rows: QuerySet[Entry], kind: str) -> QuerySet[Entry]:
    if kind == EMERGENCY:
        return rows.filter(purpose=IN_EMERGENCY)
    if kind == REFUSED:
        return rows.exclude(outcome=Outcome.DONE)
    if kind == COPIES:
        return rows.filter(action__in=LEAVES)
    if kind == CHANGES:
        return rows.filter(action=Action.CHANGE)
    if kind == SESSIONS:
        return rows.filter(action__in=[Action.SIGN_IN, Action.SIGN_OUT])
    if kind == VERIFIED:
        return rows.filter(category__contains=Category.ACCESS_LOG)
    return rows


def rows_of(user: Any, entries: Sequence[Entry]) -> list[Row]:
    """The entries in words. Two queries for the names of patients and accounts."""
    names = _patients(user, {entry.patient_id for entry in entries})
    hidden = hidden_categories(user)
    return [_row(entry, names, hidden) for entry in entries]


def _patients(user: Any, ids: set[int | None]) -> dict[int, str]:
    known = {key for key in ids if key is not None}
    if not user.has_perm("portal.view_report_patients"):
        rows = Patient.objects.filter(pk__in=known).values_list("pk", "number")
        return dict(rows)
    return {
        patient.pk: f"{patient.last_name.upper()}, {patient.first_name}"
        f" ({patient.number})"
        for patient in Patient.objects.filter(pk__in=known)
    }


def _row(entry: Entry, names: dict[int, str], hidden: frozenset[str]) -> Row:
    patient = "" if entry.patient_id is None else names.get(entry.patient_id, "")
    return Row(
        at=entry.at,
        person=_person(entry),
        role=role_words(entry.role),
        action=Action(entry.action).label,
        categories=_words(entry.categories, hidden),
        patient=patient,
        outcome=Outcome(entry.outcome).label,
        is_done=entry.outcome == Outcome.DONE,
        verb=entry.verb,
        subject=entry.subject_type.rpartition(".")[2],
        purpose=entry.purpose.replace("_", " ").capitalize(),
        address=entry.address or "",
        agent=entry.agent,
        request_id=entry.request_id,
    )


def _person(entry: Entry) -> str:
    if entry.actor is not None:
        return entry.actor.get_full_name() or entry.actor.email
    return "A visitor" if entry.request_id else "The clinic's own jobs"


def _words(categories: list[str], hidden: frozenset[str]) -> str:
    words = [
        str(Category(name).label)
        for name in categories
        if name in Category.values and name not in hidden
    ]
    return join_words(words) if words else ""


def last_check() -> Entry | None:
    """The newest verification of the log, as the log itself keeps it."""
    rows = Entry.objects.filter(verb="access_log.verified")
    return rows.order_by("-at").first()
