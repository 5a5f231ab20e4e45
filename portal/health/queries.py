"""What monitoring asks: does the database answer, is the worker alive, and which work
was given up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django_q.models import Failure

WORKER_SEEN = "worker-seen-at"
# The watchdog reports every few seconds and restarts a deaf worker within two minutes.
WORKER_MISSING_AFTER = timedelta(minutes=3)


def database_answers() -> bool:
    """Whether the database answers a question right now."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        return False


def worker_age(*, at: datetime) -> timedelta | None:
    """How long ago a worker was last known to run jobs; None where none ever did."""
    seen = cache.get(WORKER_SEEN)
    return None if seen is None else at - seen


def worker_is_alive(*, at: datetime) -> bool:
    age = worker_age(at=at)
    return age is not None and age < WORKER_MISSING_AFTER


@dataclass(frozen=True)
class GivenUp:
    """One kind of work, by its dotted path, that failed as often as it may, in one hour
    of UTC; `last_at` is when it did for the last time."""

    path: str
    hour: datetime
    last_at: datetime


def given_up(*, after: datetime) -> list[GivenUp]:
    """What the queue tries no more since `after`, by kind and hour, the oldest first.

    A job that ends its worker each time fails in no books and is not here.
    """
    rows = Failure.objects.filter(
        stopped__gt=after, attempt_count__gte=settings.Q_CLUSTER["max_attempts"]
    )
    last: dict[tuple[datetime, str], datetime] = {}
    for row in rows.order_by("stopped").only("func", "stopped"):
        hour = row.stopped.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        last[hour, row.func] = row.stopped
    return [GivenUp(path, hour, at) for (hour, path), at in sorted(last.items())]
