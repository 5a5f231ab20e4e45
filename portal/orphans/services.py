"""Destroying clinical files that nobody names."""

from datetime import datetime
from typing import Any

from django.core.files.storage import storages
from django.db import transaction

from audit.entries.models import Category
from audit.services import record
from portal.orphans.queries import named, orphans
from portal.retention.models import RetentionRun

# Kills leave a few. More mean that the database is older than the files, say because a
# backup was restored: then somebody has to look before anything goes.
MOST = 100


class TooManyOrphans(Exception):
    """So many files without a row are no accident; `names` are theirs."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"{len(names)} clinical files are named by no row, more than {MOST}. "
            "Nothing was deleted. Is this the right database? docs/operations.md"
        )
        self.names = names


def sweep_orphans(*, at: datetime, even_many: bool = False) -> list[str]:
    """Shred every orphan and its keys; the names of those that went.

    The entry of the log is there before the first file goes. May be cut off anywhere
    and run again. Raises TooManyOrphans, and deletes nothing, where there are more than
    MOST, unless `even_many`; and Away where the storage does not answer.
    """
    found = list(orphans(at=at))
    if not found:
        return []
    if len(found) > MOST and not even_many:
        raise TooManyOrphans(found)
    with transaction.atomic():
        run = RetentionRun.objects.create(rule="orphans", at=at, rows=len(found))
        record(
            actor=None,
            verb="files.swept",
            subject=run,
            category=Category.SETTINGS,
            detail={"files": len(found)},
        )
    storage: Any = storages["clinical"]
    gone = []
    for name in found:
        # Asked once more, as late as can be: a row that came meanwhile keeps its file.
        if not named([name]):
            storage.shred(name)
            gone.append(name)
    return gone
