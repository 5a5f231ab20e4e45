"""What a person's copy holds, how far it is, and whether it still opens."""

import io
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from portal.exports.models import OPEN, Export
from portal.exports.permissions import visible_to
from portal.exports.queries.archive import Archive, Progress
from portal.exports.queries.rows import Person, kinds
from portal.exports.queries.zipping import PIECE

__all__ = [
    "Archive",
    "Person",
    "Progress",
    "kinds",
    "newest_export",
    "openable",
    "outdated",
    "whole",
]


def newest_export(user: Any) -> Export | None:
    """The one that is under way or ready; else the last there was."""
    mine = visible_to(user)
    return mine.filter(status__in=OPEN).first() or mine.order_by("-created_at").first()


def openable(user: Any, at: datetime) -> QuerySet[Export]:
    """What `user` may download at `at`: swept or not, a late one does not open."""
    return visible_to(user).filter(status=Export.Status.READY, expires_at__gt=at)


def outdated(at: datetime) -> QuerySet[Export]:
    """Archives whose day is over."""
    return Export.objects.filter(status=Export.Status.READY, expires_at__lte=at)


class _Joined(io.RawIOBase):
    """Files one after the other, as one that is read once."""

    def __init__(self, files: list[Any]) -> None:
        self._files = files

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._files:
            read = self._files[0].read(len(buffer))
            if read:
                buffer[: len(read)] = read
                return len(read)
            self._files.pop(0).close()
        return 0

    def close(self) -> None:
        for file in self._files:
            file.close()
        super().close()


def whole(export: Export) -> io.BufferedReader:
    """The archive from its first part to its last. All are opened at once, so that one
    that is lost is noticed before anything is handed out."""
    parts = [part.file for part in export.parts.order_by("number")]
    return io.BufferedReader(
        _Joined([file.open("rb") for file in [*parts, export.file]]), PIECE
    )
