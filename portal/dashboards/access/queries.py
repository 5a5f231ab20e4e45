"""Who has seen a record? The access log in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Patient
from accounts.users.models import Role
from audit.entries.models import (
    IN_EMERGENCY,
    LEAVES,
    Action,
    Category,
    Entry,
    Outcome,
)
from foundation.formats import join_words, local
from portal.holdings.queries import keys_with_merged

OTHERS, MINE, EMERGENCY, TAKEN = "", "mine", "emergency", "copies"
KINDS = {
    OTHERS: "Other people",
    EMERGENCY: "Emergency access",
    TAKEN: "Copies taken",
    MINE: "You",
}
MOST_IN_FILE = 5000

WHAT = {
    Category.IDENTITY: "name and contacts",
    Category.APPOINTMENTS: "appointments",
    Category.DOCUMENTS: "documents",
    Category.PRESCRIPTIONS: "medicines and allergies",
    Category.PAYMENTS: "payments",
    Category.MESSAGES: "messages",
    Category.ACCOUNTS: "sign-in",
    Category.SETTINGS: "settings",
    Category.EMERGENCY: "emergency access",
    Category.PROXIES: "who acts for whom",
    Category.CONSENTS: "consents",
    Category.AMENDMENTS: "requests for corrections",
    Category.FORMS: "answers to forms",
    Category.RESTRICTIONS: "restrictions of use",
    Category.ACCESS_LOG: "this list",
    Category.PAGES: "pages of the website",
}
DID = {
    Action.VIEW: "Opened",
    Action.LIST: "Saw",
    Action.SEARCH: "Found",
    Action.PRINT: "Printed",
    Action.DOWNLOAD: "Downloaded",
    Action.EXPORT: "Took a copy of",
    Action.CHANGE: "Added or changed",
    Action.SIGN_IN: "Signed in to",
    Action.SIGN_OUT: "Signed out of",
}


# Who acts for a patient holds no role; the log says that they acted so.
ROLES = {**dict(Role.choices), "PROXY": "Acting for the patient"}
WHERE = {Action.LIST: " in a list", Action.SEARCH: " in a search"}


@dataclass(frozen=True)
class Line:
    """What one person did with the record on one day, once or several times."""

    at: datetime
    who: str
    role: str
    words: str
    what: str
    is_refused: bool = False
    is_emergency: bool = False
    for_whom: bool = False
    times: int = 1


@dataclass(frozen=True)
class Day:
    """One day in the reader's zone, the newest line first."""

    day: date
    lines: list[Line]


def accesses(
    patient: Patient, *, kind: str = OTHERS, before: datetime | None = None
) -> QuerySet[Entry]:
    """The entries about a patient, and about the records that were merged into theirs,
    the newest first. What the clinic's own jobs did, such as sending a reminder, is
    nobody's look."""
    rows = Entry.objects.filter(patient_id__in=keys_with_merged(patient))
    rows = rows.exclude(actor=None, action=Action.CHANGE)
    if before is not None:
        rows = rows.filter(at__lt=before)
    mine = Q(actor=patient.user_id) if patient.user_id else Q(pk=None)
    rows = rows.filter(mine) if kind == MINE else rows.exclude(mine)
    if kind == EMERGENCY:
        rows = rows.filter(purpose=IN_EMERGENCY)
    if kind == TAKEN:
        rows = rows.filter(action__in=LEAVES)
    return rows.select_related("actor").order_by("-at", "-pk")


def days(entries: Iterable[Entry], *, zone: str) -> list[Day]:
    """The entries by day, the same act of the same person on a day only once."""
    found: dict[date, dict[Any, Line]] = {}
    for entry in entries:
        line = line_of(entry)
        lines = found.setdefault(local(entry.at, zone).date(), {})
        key = replace(line, at=datetime.min, times=1)  # noqa: DTZ901 only compared
        known = lines.get(key)
        lines[key] = replace(known, times=known.times + 1) if known else line
    return [Day(day, list(lines.values())) for day, lines in found.items()]


def line_of(entry: Entry) -> Line:
    """One entry in words for the patient."""
    refused = entry.outcome != Outcome.DONE
    did = DID[Action(entry.action)]
    return Line(
        at=entry.at,
        who=who(entry),
        role=role_words(entry.role),
        words="Tried to open" if refused else did,
        what=what(entry.categories)
        + ("" if refused else WHERE.get(Action(entry.action), "")),
        is_refused=refused,
        is_emergency=entry.purpose == IN_EMERGENCY,
        for_whom=entry.on_behalf_of_id is not None,
    )


def who(entry: Entry) -> str:
    """The name of whoever acted. A visitor came by a link from a message."""
    if entry.actor is None:
        return "Somebody with a link from our messages"
    return entry.actor.get_full_name() or "Somebody who works here"


def what(categories: Iterable[str]) -> str:
    """ "appointments and documents"; who the patient is goes without saying."""
    known = [Category(name) for name in categories if name in Category.values]
    if len(known) > 1:
        known = [name for name in known if name != Category.IDENTITY]
    return join_words([WHAT[name] for name in known]) or "record"


def role_words(role: str) -> str:
    """ "Doctor, Nurse" for "DOCTOR,NURSE"; unknown codes stay away."""
    return ", ".join(ROLES[one] for one in role.split(",") if one in ROLES)
