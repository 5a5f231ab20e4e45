"""Is the log whole? Every entry against its seal, every seal against the one before.

Nothing here trusts the database's own functions: hashes are worked out anew. What the
database alone can't tell, a tail that was cut off or a chain that was written anew from
somewhere on, shows beside the heads that were exported (`Head`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from audit.entries.models import Entry
from audit.seals.models import Seal
from audit.seals.queries.findings import MOST_BREAKS, Report, Retired
from audit.seals.queries.hashes import digest_of, link_hash
from audit.seals.queries.heads import Head, exported_heads

PAGE = 2000
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
