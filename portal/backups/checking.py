"""Whether what was restored is what was packed, and can be read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from audit.seals.queries import current_head, exported_heads, verify
from foundation.encryption.keyring import Unopened
from foundation.encryption.rotation import sealed_fields, sealed_rows
from portal.backups.facts import counts, money
from records.models import Document

SAMPLE = 20
MOST_NAMED = 5


@dataclass(frozen=True)
class Check:
    """What was looked at, in words, and whether it is as it should be."""

    words: str
    is_good: bool


def check(manifest: dict[str, Any]) -> Iterator[Check]:
    """Compare the restored clinic with what its backup says of itself."""
    yield _same("rows of {} tables", manifest["tables"], counts())
    yield _same("sums of {} kinds of money", manifest["money"], money())
    yield from _check_log(manifest["head"])
    yield _opened("sealed fields", list(_fields()))
    yield _opened("documents", list(_documents()))


def _same(what: str, wanted: dict[str, Any], found: dict[str, Any]) -> Check:
    differ = sorted(
        name
        for name in wanted.keys() | found.keys()
        if wanted.get(name) != found.get(name)
    )
    words = what.format(len(wanted)) + " as packed"
    if not differ:
        return Check(words, True)
    named = "; ".join(
        f"{name}: {wanted.get(name, 'none')} packed, {found.get(name, 'none')} here"
        for name in differ[:MOST_NAMED]
    )
    return Check(f"{words}: {len(differ)} differ ({named})", False)


def _check_log(packed: dict[str, Any] | None) -> Iterator[Check]:
    """The chain, and that it ends where it ended when the backup was made.

    What was exported later is no break: it tells what came after the backup.
    """
    head = current_head()
    found = {"position": head.position, "hash": head.hash} if head else None
    yield Check("the access log ends where it ended", found == packed)
    last = head.position if head else 0
    report = verify(until=last)
    words = f"the access log: {report.links} links, {report.entries} entries"
    if report.is_whole:
        yield Check(f"{words}, unbroken", True)
    else:
        yield Check(f"{words}; first break: {report.breaks[0]}", False)
    later = [one.position for one, ours in exported_heads() if ours]
    lost = max([*later, last]) - last
    if lost:
        yield Check(
            f"links that came after this backup and are not in it: {lost}", True
        )


def _opened(what: str, tried: list[str]) -> Check:
    """`tried` has one line for each: empty where it opened, else what is wrong."""
    wrong = [line for line in tried if line]
    words = f"{len(tried) - len(wrong)} of {len(tried)} {what}, taken at random, open"
    if wrong:
        words += f" ({'; '.join(wrong[:MOST_NAMED])})"
    return Check(words, not wrong)


def _fields() -> Iterator[str]:
    """Values of any sealed column, as many as SAMPLE."""
    rows = [
        (row, field)
        for model, field in sealed_fields()
        for row in _some(sealed_rows(model, field))
    ]
    for row, field in SystemRandom().sample(rows, min(SAMPLE, len(rows))):
        where = f"{row._meta.db_table}.{field.column} of row {row.pk}"
        try:
            getattr(row, field.attname)
        except (Unopened, ValueError):
            yield f"{where} does not open"
        else:
            yield ""


def _documents() -> Iterator[str]:
    """Documents, read to their end and compared with their digest."""
    for document in _some(Document._base_manager.exclude(file="")):
        digest = hashlib.sha256()
        try:
            with document.file.open("rb") as file:
                for chunk in file.chunks():
                    digest.update(chunk)
        except (Unopened, OSError) as error:
            yield f"document {document.pk}: {type(error).__name__}"
        else:
            same = digest.hexdigest() == document.sha256
            yield "" if same else f"document {document.pk} has another content"


def _some(rows: Any) -> Any:
    return rows.order_by("?")[:SAMPLE]
