"""Is the log whole? Every entry against its seal, every seal against the one before.

Nothing here trusts the database's own functions: hashes are worked out anew. What the
database alone can't tell, a tail that was cut off or a chain that was written anew from
somewhere on, shows beside the heads that were exported (`Head`).
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import connection

from audit.entries.models import Entry
from audit.seals.models import Seal

PAGE = 2000
MOST_BREAKS = 20
# An entry is sealed when its transaction commits; none is that long.
SLACK = timedelta(days=1)
RETIRED = "access_log.retired"
VERIFIED = "access_log.verified"
# Each night; one that is older than this tells nothing of today.
FRESH = timedelta(days=3)

COLUMNS = """
id, (extract(epoch FROM at) * 1000000)::bigint, actor_id, role, on_behalf_of_id,
patient_id, verb, action, category, subject_type, subject_id, purpose, outcome,
host(address), agent, request_id, session_ref, view, detail::text
"""
BY_IDS = f"SELECT {COLUMNS} FROM audit_entry WHERE id = ANY(%s)"  # noqa: S608 constants  # nosec B608
BY_IDS_BETWEEN = f"{BY_IDS} AND at BETWEEN %s AND %s"


@dataclass(frozen=True)
class Verification:
    """When the whole log was last checked, and how many breaks were found."""

    at: datetime
    breaks: int


def last_verification(*, at: datetime) -> Verification | None:
    """The last one of the three days before `at`; None where there was none."""
    rows = Entry.objects.filter(verb=VERIFIED, at__gt=at - FRESH).order_by("-at")
    found = rows.values_list("at", "detail").first()
    return found and Verification(found[0], found[1]["breaks"])


@dataclass(frozen=True)
class Break:
    """Where the log is not what was sealed. `position` is the link's, 0 for none."""

    kind: str
    position: int
    entry_id: int | None = None

    def __str__(self) -> str:
        at = f"link {self.position}"
        about = f"entry {self.entry_id}"
        return {
            "CHANGED": f"{about} ({at}) was changed after it was sealed",
            "DELETED": f"{about} ({at}) is gone",
            "INSERTED": f"{about} was added without a seal",
            "TWICE": f"{about} ({at}) is there more than once",
            "LINK": f"{at} does not follow from the link before it: changed or moved",
            "MISSING": f"{at} is gone",
            "CUT": f"{at} was exported once and is gone: the tail was cut off",
            "REWRITTEN": f"{at} is not the one that was exported: the chain is another",
            "FORGED": f"The exported head of {at} has a wrong signature",
        }[self.kind]


@dataclass(frozen=True)
class Head:
    """The last link at some time, as it is kept outside the database."""

    position: int
    hash: str
    at: str

    def to_json(self, key: str) -> str:
        """The head with its signature (HMAC-SHA-256), as one line of JSON."""
        body = {"position": self.position, "hash": self.hash, "at": self.at}
        return json.dumps({**body, "signature": self.signature(key)}) + "\n"

    def signature(self, key: str) -> str:
        body = f"medconsult.audit|{self.position}|{self.hash}|{self.at}"
        return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()


@dataclass
class Report:
    """What a verification found. `head` is the last link that was looked at."""

    links: int = 0
    entries: int = 0
    breaks: list[Break] = field(default_factory=list)
    head: tuple[int, bytes] = (0, b"")
    retired: Counter[int] = field(default_factory=Counter)

    @property
    def is_whole(self) -> bool:
        return not self.breaks

    def add(self, kind: str, position: int, entry_id: int | None = None) -> None:
        if len(self.breaks) < MOST_BREAKS:
            self.breaks.append(Break(kind, position, entry_id))


@dataclass(frozen=True)
class Retired:
    """A month that was taken out of the log by rule, as the log itself says."""

    entry_id: int
    first_id: int
    last_id: int
    entries: int


def verify(*, since: Head | None = None, until: int | None = None) -> Report:
    """Check the log, from the exported head `since` on, or from the first link.

    A copy that was taken at the link `until` knows nothing of later ones: heads that
    were exported after it are not missed. Streams: memory does not grow with the log.
    At most MOST_BREAKS are named, the first ones first.
    """
    report = Report()
    heads = _heads_by_position(report)
    if until is not None:
        heads = {place: kept for place, kept in heads.items() if place <= until}
    if since is not None:
        report.head = (since.position, bytes.fromhex(since.hash))
        _compare(report, heads, since.position, _hash_at(since.position))
    retired = _retired_months()
    after = _time_of(since)
    for page in _pages(report.head[0]):
        _check_page(report, page, heads, retired)
    _check_rest(report, heads, retired, after)
    return report


def exported_heads() -> Iterator[tuple[Head, bool]]:
    """Every head outside the database, the oldest first, with whether its signature is
    by one of our keys."""
    storage = head_storage()
    for name in _names(storage):
        with storage.open(name) as file:
            kept = json.loads(file.read())
        head = Head(int(kept["position"]), str(kept["hash"]), str(kept["at"]))
        signed = str(kept["signature"])
        yield (
            head,
            any(hmac.compare_digest(head.signature(key), signed) for key in keys()),
        )


def newest_head() -> Head | None:
    """The newest head outside the database that we signed."""
    found = None
    for head, is_ours in exported_heads():
        if is_ours:
            found = head
    return found


def current_head() -> Head | None:
    """The last link of the chain now, None while there is none."""
    seal = Seal.objects.order_by("-position").first()
    if seal is None:
        return None
    return Head(seal.position, bytes(seal.hash).hex(), seal.at.isoformat())


def head_storage() -> Storage:
    """Where heads are kept, by settings a folder or a bucket."""
    return storages["audit_heads"]


def keys() -> list[str]:
    """The keys that sign heads: the first signs, all are accepted."""
    own: list[str] = settings.AUDIT_SIGNING_KEYS
    return own


def digest_of(row: Sequence[Any]) -> bytes:
    """The SHA-256 of an entry, as audit_gather works it out in the database."""
    text = json.dumps(list(row), ensure_ascii=False, separators=(", ", ": "))
    return hashlib.sha256(text.encode()).digest()


def link_hash(
    before: bytes, position: int, at: datetime, entries: Sequence[int], digests: bytes
) -> bytes:
    """The hash of a link, as audit_seal_waiting works it out in the database."""
    moment = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    middle = f"{position}|{moment}|{','.join(map(str, entries))}|"
    return hashlib.sha256(before + middle.encode() + digests).digest()


def _names(storage: Storage) -> list[str]:
    try:
        months, _ = storage.listdir("")
    except FileNotFoundError:
        return []
    return [
        f"{month}/{name}"
        for month in sorted(months)
        for name in sorted(storage.listdir(month)[1])
    ]


def _heads_by_position(report: Report) -> dict[int, str]:
    heads = {}
    for head, is_ours in exported_heads():
        if is_ours:
            heads[head.position] = head.hash
        else:
            report.add("FORGED", head.position)
    return heads


def _hash_at(position: int) -> bytes:
    seal = Seal.objects.filter(position=position).first()
    return b"" if seal is None else bytes(seal.hash)


def _time_of(head: Head | None) -> datetime | None:
    return None if head is None else datetime.fromisoformat(head.at) - SLACK


def _pages(after: int) -> Iterator[list[Seal]]:
    """The links after a position that there are now, page by page."""
    newest = Seal.objects.order_by("-position").values_list("position", flat=True)
    last = newest.first() or 0
    while after < last:
        rows = Seal.objects.filter(position__gt=after, position__lte=last)
        page = list(rows.order_by("position")[:PAGE])
        if not page:
            return
        yield page
        after = page[-1].position


def _check_page(
    report: Report, page: list[Seal], heads: dict[int, str], retired: list[Retired]
) -> None:
    wanted = [entry_id for seal in page for entry_id in seal.entries]
    between = (min(seal.at for seal in page) - SLACK, max(seal.at for seal in page))
    found = _digests(wanted, between)
    missing = [one for one in wanted if one not in found]
    if missing:
        # Moved in time, or older than their seal: look everywhere before saying so.
        found.update(_digests(missing, None))
    for seal in page:
        _check_link(report, seal)
        _compare(report, heads, seal.position, bytes(seal.hash))
        digests = bytes(seal.digests)
        for place, entry_id in enumerate(seal.entries):
            seen = found.get(entry_id, [])
            report.entries += bool(seen)
            if not seen:
                _check_missing(report, seal, entry_id, retired)
            elif digests[place * 32 : place * 32 + 32] not in seen:
                report.add("CHANGED", seal.position, entry_id)


def _check_rest(
    report: Report,
    heads: dict[int, str],
    retired: list[Retired],
    after: datetime | None,
) -> None:
    """What no single link shows."""
    for month in retired:
        if report.retired[month.entry_id] > month.entries:
            report.add("DELETED", 0, month.first_id)
    for position in heads:
        if position > report.head[0]:
            report.add("CUT", position)
    for entry_id in _unsealed(after):
        report.add("INSERTED", 0, entry_id)
    for entry_id in _doubled(after):
        report.add("TWICE", 0, entry_id)


def _check_link(report: Report, seal: Seal) -> None:
    before, previous = report.head
    for position in range(before + 1, min(seal.position, before + 1 + MOST_BREAKS)):
        report.add("MISSING", position)
    due = link_hash(previous, seal.position, seal.at, seal.entries, bytes(seal.digests))
    is_next = seal.position == before + 1
    if is_next and due != bytes(seal.hash):
        report.add("LINK", seal.position)
    report.links += 1
    report.head = (seal.position, bytes(seal.hash))


def _compare(report: Report, heads: dict[int, str], position: int, now: bytes) -> None:
    if position in heads and heads[position] != now.hex():
        report.add("REWRITTEN" if now else "CUT", position)


def _check_missing(
    report: Report, seal: Seal, entry_id: int, retired: list[Retired]
) -> None:
    for month in retired:
        if month.first_id <= entry_id <= month.last_id:
            report.retired[month.entry_id] += 1
            return
    report.add("DELETED", seal.position, entry_id)


def _digests(
    ids: Sequence[int], between: tuple[datetime, datetime] | None
) -> dict[int, list[bytes]]:
    statement = BY_IDS if between is None else BY_IDS_BETWEEN
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids), *(between or ())])
        found: dict[int, list[bytes]] = {}
        for row in cursor:
            found.setdefault(row[0], []).append(digest_of(row))
    return found


def _retired_months() -> list[Retired]:
    rows = Entry.objects.filter(verb=RETIRED).order_by("pk")
    return [
        Retired(
            row.pk, row.detail["first_id"], row.detail["last_id"], row.detail["entries"]
        )
        for row in rows
    ]


def _unsealed(after: datetime | None) -> list[int]:
    """Entries that no link knows. Both sides stay in the database."""
    # An entry is older than its seal, so one bound serves both sides.
    since = after or datetime.min.replace(tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.id FROM audit_entry e
                 LEFT JOIN (SELECT unnest(entries) AS id FROM audit_seal
                             WHERE at >= %s) s ON s.id = e.id
                WHERE s.id IS NULL AND e.at >= %s
                ORDER BY e.id LIMIT %s""",
            [since, since, MOST_BREAKS],
        )
        return [row[0] for row in cursor]


def _doubled(after: datetime | None) -> list[int]:
    """Entries whose id another one has too: the key also holds the time."""
    since = after or datetime.min.replace(tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_entry WHERE at >= %s"
            " GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT %s",
            [since, MOST_BREAKS],
        )
        return [row[0] for row in cursor]
