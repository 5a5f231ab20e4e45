"""The figures, in Prometheus' own format.

What the processes counted themselves, and what the database knows when it is asked:
that is true for all processes and machines, and costs nothing in between.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min
from django_q.models import Failure, OrmQ
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from audit.seals.queries import last_verification
from notifications.deliveries.queries import count_due, count_failed
from portal.health.queries import given_up, worker_age
from portal.health.services import OK, UNUSED, check_parts

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

# What each page process counts. Labels are views and statuses, never a person, an
# address or a row.
REQUESTS = Counter("medconsult_requests", "Requests answered.", ["view", "status"])
SECONDS = Histogram(
    "medconsult_request_seconds",
    "Seconds from a request's arrival to its answer.",
    ["view"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)


def exposition(*, at: datetime) -> bytes:
    """All figures as text, at `at`. Raises DatabaseError when the database is away.

    The CMS's program tells its own requests alone: the rest is beyond its role.
    """
    registry = CollectorRegistry()
    if SHARED_FOLDER in os.environ:
        # Several processes serve pages; each wrote its own counts into that folder.
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    if not settings.IN_CMS:
        registry.register(Clinic(at))
    return generate_latest(registry)


class Clinic(Collector):
    """What the database knows at one time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        waiting = OrmQ.objects.filter(lock__lte=self.at)
        yield _gauge("jobs_waiting", "Jobs that nobody has taken.", waiting.count())
        oldest = waiting.aggregate(since=Min("lock"))["since"]
        yield _gauge(
            "oldest_job_seconds",
            "For how long the oldest of them has waited.",
            (self.at - oldest).total_seconds() if oldest else 0,
        )
        failures = Failure.objects.count()
        yield _gauge("jobs_failed", "Failed tries of jobs that are kept.", failures)
        yield _gauge(
            "jobs_given_up",
            "Kinds of work, by the hour, that were given up in the last day.",
            len(given_up(after=self.at - timedelta(days=1))),
        )
        age = worker_age(at=self.at)
        if age is not None:
            yield _gauge(
                "worker_seen_seconds",
                "Seconds since a worker last ran a job. Absent: none ever did.",
                age.total_seconds(),
            )
        yield _gauge(
            "messages_due", "Messages that should be out.", count_due(at=self.at)
        )
        yield _gauge("messages_failed", "Messages on the desk's list.", count_failed())
        if (found := last_verification(at=self.at)) is not None:
            yield _gauge(
                "audit_breaks",
                "Breaks that the last check of the access log found.",
                found.breaks,
            )
            yield _gauge(
                "audit_checked_seconds",
                "Seconds since that check.",
                (self.at - found.at).total_seconds(),
            )
        up = GaugeMetricFamily(
            "medconsult_part_works", "1 works, 0 does not.", labels=["part"]
        )
        for name, state in check_parts().items():
            if state != UNUSED:
                up.add_metric([name], float(state == OK))
        yield up


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"medconsult_{name}", words, value=value)
