"""What a person's copy holds, how far it is, and whether it still opens."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from portal.exports.models import OPEN, Export
from portal.exports.permissions import visible_to
from portal.exports.queries.archive import Archive
from portal.exports.queries.rows import Person, kinds

__all__ = ["Archive", "Person", "kinds", "newest_export", "openable", "outdated"]


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
