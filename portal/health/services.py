"""The worker's sign of life."""

from datetime import datetime

from django.core.cache import cache

from portal.health.queries import WORKER_SEEN


def note_worker_seen(*, at: datetime) -> None:
    """Remember that a worker ran jobs at `at`, for every process to see."""
    cache.set(WORKER_SEEN, at, timeout=None)
