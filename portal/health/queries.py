"""What monitoring asks: does the database answer, is the worker alive."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, connection

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
