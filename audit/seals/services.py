"""Keeping the log: coming months, exported heads, what was found, what is retired."""

import logging
from datetime import UTC, date, datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, transaction
from psycopg import sql

from audit.entries.models import Action, Category, Entry
from audit.entries.services import record
from audit.seals.models import Seal
from audit.seals.queries import (
    RETIRED,
    VERIFIED,
    Head,
    Report,
    current_head,
    head_storage,
    keys,
    newest_head,
    verify,
)
from foundation.errors import Refused
from foundation.events import publish

log = logging.getLogger(__name__)

# Six years: 45 CFR 164.316(b)(2).
SHORTEST_YEARS = 6


class TooYoung(Refused):
    sentence = "The access log is kept for at least six years."


def make_coming_months() -> list[str]:
    """Make the partitions of this month and the next twelve, by the database's clock;
    the names of new ones.

    Without one, entries go to the default partition: nothing is lost, but such a month
    is never retired, so it is an error.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_coming_months()")
        made = [name for (name,) in cursor]
        cursor.execute("SELECT EXISTS (SELECT FROM audit_entry_default)")
        (is_used,) = cursor.fetchone()
    if is_used:
        log.error("Entries of the access log lie in the default partition.")
    return made


def export_head(*, at: datetime) -> Head | None:
    """Write the last link, signed, outside the database; None where nothing is new.

    What was exported last must still be there: a head is never written over a break.
    Raises no error then, but reports it as a verification does.
    """
    last, head = newest_head(), current_head()
    if head is None or (last is not None and last.position == head.position):
        return None
    report = verify(since=last)
    if not report.is_whole:
        report_breaks(report, at=at)
        return None
    # Entries came in meanwhile: the head is the one that was checked.
    position, digest = report.head
    checked = Seal.objects.get(position=position)
    head = Head(position, digest.hex(), checked.at.isoformat())
    name = f"{at.astimezone(UTC):%Y-%m}/{position:020}.json"
    head_storage().save(name, ContentFile(head.to_json(keys()[0]).encode()))
    return head


def check_log(*, at: datetime) -> Report:
    """Verify the whole log and keep what was found in it. A break is told loudly."""
    report = verify()
    _keep(report)
    if not report.is_whole:
        report_breaks(report, at=at)
    return report


@transaction.atomic
def report_breaks(report: Report, *, at: datetime) -> None:
    """An ERROR in the logs, and a notice to administrators. Publishes
    audit.log_broken with the position of the first broken link."""
    first = report.breaks[0]
    log.error("The access log is broken: %s", first)
    publish("audit.log_broken", link_id=first.position)


def _keep(report: Report) -> None:
    seal = Seal.objects.filter(position=report.head[0]).first()
    record(
        actor=None,
        verb=VERIFIED,
        subject=seal or Seal(position=report.head[0]),
        category=Category.ACCESS_LOG,
        detail={
            "links": report.links,
            "entries": report.entries,
            "breaks": len(report.breaks),
            "first": str(report.breaks[0]) if report.breaks else "",
        },
    )


def months_to_retire(*, at: datetime) -> list[tuple[str, int]]:
    """(partition, entries) of the months that are kept no longer, the oldest first.

    Raises TooYoung where the setting is below what the law asks for.
    """
    years = settings.AUDIT_KEEP_YEARS
    if years < SHORTEST_YEARS:
        raise TooYoung
    today = at.astimezone(UTC).date().replace(day=1)
    until = _months_on(today, -12 * years)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'audit_entry'::regclass"
        )
        names = sorted(name for (name,) in cursor if not name.endswith("_default"))
        for name in names:
            if _month(name) < until:
                count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
                cursor.execute(count)
                found.append((name, cursor.fetchone()[0]))
    return found


@transaction.atomic
def retire_month(*, name: str, at: datetime) -> None:
    """Take a month out of the log. Its rows go; their seals stay, so the chain does.

    The log itself says which ids are gone, so a verification tells them from rows that
    somebody deleted. Needs the rights of the tables' owner. Raises TooYoung.
    """
    if name not in [known for known, _ in months_to_retire(at=at)]:
        raise TooYoung
    table = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT min(id), max(id), count(*) FROM {}").format(table)
        )
        first, last, count = cursor.fetchone()
        # What the month says about months retired before must outlive it.
        older = list(Entry.objects.filter(verb=RETIRED, at__lt=_end(name)))
        cursor.execute(
            sql.SQL("ALTER TABLE audit_entry DETACH PARTITION {}").format(table)
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(table))
    month = f"{_month(name):%Y-%m}"
    details = [entry.detail for entry in older]
    if count:
        details.append(
            {"month": month, "first_id": first, "last_id": last, "entries": count}
        )
    seal = Seal.objects.order_by("-position").first()
    for detail in details:
        record(
            actor=None,
            verb=RETIRED,
            subject=seal or Seal(position=0),
            action=Action.CHANGE,
            category=Category.ACCESS_LOG,
            detail=detail,
        )


def _months_on(first: date, count: int) -> date:
    """The first day of the month `count` months later, or earlier."""
    years, month = divmod(first.year * 12 + first.month - 1 + count, 12)
    return date(years, month + 1, 1)


def _month(name: str) -> date:
    year, month = name.removeprefix("audit_entry_").split("_")
    return date(int(year), int(month), 1)


def _end(name: str) -> datetime:
    after = _months_on(_month(name), 1)
    return datetime(after.year, after.month, 1, tzinfo=UTC)
