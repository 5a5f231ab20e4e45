"""Who has seen a record? The access log in plain words."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import NamedTuple

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
from foundation.sql import fetch
from portal.holdings.queries import keys_with_merged

OTHERS, MINE, EMERGENCY, TAKEN = "", "mine", "emergency", "copies"
KINDS = {
    OTHERS: "Other people",
    EMERGENCY: "Emergency access",
    TAKEN: "Copies taken",
    MINE: "You",
}
MOST_IN_FILE = 5000

WHAT: dict[str, str] = {
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
DID: dict[str, str] = {
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
WHERE: dict[str, str] = {Action.LIST: " in a list", Action.SEARCH: " in a search"}


# What makes an entry one of its kind. `%(user)s` is whose record it is; what the
# clinic's own jobs did, such as sending a reminder, is nobody's look.
_NOT_MINE = "e.actor_id IS DISTINCT FROM %(user)s::bigint"
_LEFT = ", ".join(f"'{one}'" for one in LEAVES)
_OF_KIND = {
    OTHERS: _NOT_MINE,
    EMERGENCY: f"{_NOT_MINE} AND e.purpose = '{IN_EMERGENCY}'",
    TAKEN: f"{_NOT_MINE} AND e.action IN ({_LEFT})",
    MINE: "e.actor_id = %(user)s::bigint",
}


# How many stands in it as a number: for a limit that it does not know PostgreSQL has no
# general plan, and would plan the dozen months anew for each reader.
@cache
def _accesses(kind: str, most: int) -> str:
    return f"""
SELECT e.at, e.id, e.patient_id, e.role, e.action, e.category, e.purpose, e.outcome,
       e.on_behalf_of_id, e.actor_id, u.first_name, u.last_name
  FROM audit_entry e
  LEFT JOIN accounts_user u ON u.id = e.actor_id
 WHERE e.patient_id = %(patient)s
   AND e.at < %(before)s::timestamptz
   AND NOT (e.actor_id IS NULL AND e.action = '{Action.CHANGE}')
   AND {_OF_KIND[kind]}
 ORDER BY e.at DESC, e.id DESC
 LIMIT {most:d}
"""  # noqa: S608 words of ours  # nosec B608


_EVER = datetime.max.replace(tzinfo=UTC)


class Seen(NamedTuple):
    """One entry of the log about a patient; `actor_id` None: somebody by a link."""

    at: datetime
    key: int
    patient_id: int
    role: str
    action: str
    category: str
    purpose: str
    outcome: str
    on_behalf_of_id: int | None
    actor_id: int | None
    first_name: str | None
    last_name: str | None


class Line(NamedTuple):
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


class Day(NamedTuple):
    """One day in the reader's zone, the newest line first."""

    day: date
    lines: list[Line]


def accesses(
    patient: Patient,
    *,
    kind: str = OTHERS,
    before: datetime | None = None,
    most: int,
) -> tuple[list[Seen], datetime | None]:
    """The entries about a patient, and about the records that were merged into theirs,
    the newest first, before an instant; and the instant before which there may be
    older ones (None: there are none).

    At most `most`, and whole moments only: what was written with the first that is left
    out is left for later. A query for the record and for each that was merged into it,
    and one for which these are. Being read, they are noted for the log themselves.
    """
    statement = _accesses(kind, most + 1)
    # Who signs in to no account has done nothing: nobody has that key.
    asked = {"user": patient.user_id or 0, "before": before or _EVER}
    found = [
        Seen(*row)
        for key in keys_with_merged(patient)
        for row in fetch(statement, {**asked, "patient": key})
    ]
    found.sort(reverse=True)
    older = None
    if len(found) > most:
        found = [one for one in found if one.at > found[most].at] or found[:most]
        older = found[-1].at
    Entry.note_read(one.key for one in found)
    return found, older


def days(entries: Iterable[Seen], *, zone: str) -> list[Day]:
    """The entries by day, the same act of the same person on a day only once."""
    found: dict[date, dict[tuple[object, ...], Line]] = {}
    for entry in entries:
        line = line_of(entry)
        lines = found.setdefault(local(entry.at, zone).date(), {})
        # All but the time and how often.
        known = lines.setdefault(line[1:-1], line)
        if known is not line:
            lines[line[1:-1]] = known._replace(times=known.times + 1)
    return [Day(day, list(lines.values())) for day, lines in found.items()]


def line_of(entry: Seen) -> Line:
    """One entry in words for the patient."""
    refused = entry.outcome != Outcome.DONE
    return Line(
        entry.at,
        who(entry),
        role_words(entry.role),
        "Tried to open" if refused else DID[entry.action],
        what(entry.category) + ("" if refused else WHERE.get(entry.action, "")),
        refused,
        entry.purpose == IN_EMERGENCY,
        entry.on_behalf_of_id is not None,
    )


def who(entry: Seen) -> str:
    """The name of whoever acted. A visitor came by a link from a message."""
    if entry.actor_id is None:
        return "Somebody with a link from our messages"
    name = f"{entry.first_name or ''} {entry.last_name or ''}".strip()
    return name or "Somebody who works here"


# The same few codes come again and again, in a list of thousands.
@lru_cache(maxsize=1000)
def what(categories: str) -> str:
    """ "appointments and documents" for "APPOINTMENTS,DOCUMENTS,IDENTITY"; who the
    patient is goes without saying."""
    known = [name for name in categories.split(",") if name in WHAT]
    if len(known) > 1:
        known = [name for name in known if name != Category.IDENTITY]
    return join_words([WHAT[name] for name in known]) or "record"


@lru_cache(maxsize=1000)
def role_words(role: str) -> str:
    """ "Doctor, Nurse" for "DOCTOR,NURSE"; unknown codes stay away."""
    return ", ".join(ROLES[one] for one in role.split(",") if one in ROLES)
