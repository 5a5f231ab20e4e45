"""Reminders that are due among a hundred thousand appointments."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction

from bench import limits
from bench.data import NOW, build, insert_appointments, settle
from bench.figures import Call, Figure
from booking.reminders.services import claim_due
from foundation.periods import seconds

DOCTORS = 5000
VISITS = 20
ROUNDS = 3
HALF_HOUR = 1800


def measure() -> Iterator[Figure]:
    """Found and claimed: all of them at once, and those of an ordinary minute."""
    build(doctors=DOCTORS, empty=True)
    # From this evening until tomorrow morning, each doctor back to back: all within
    # 24 hours, so that one reminder of each is due.
    first = seconds(NOW) + 12 * 3600
    rows = [
        (doctor, first + visit * HALF_HOUR + doctor % 30 * 60, "CONFIRMED")
        for doctor in range(1, DOCTORS + 1)
        for visit in range(VISITS)
    ]
    insert_appointments(rows)
    settle()
    total = len(rows)
    yield _beside(f"reminders: all {total:,} due", NOW, total)
    # Seven hours ago the first half was due. Claim it, and look at the next minute.
    before = NOW - timedelta(hours=7)
    claim_due(at=before)
    after = before + timedelta(minutes=1)
    due = sum(_is_due(start, before, after) for _, start, _ in rows)
    yield _beside(f"reminders: {due} due in a minute of {total:,}", after, due)


def _is_due(start: int, before: datetime, after: datetime) -> bool:
    return seconds(before) < start - 24 * 3600 <= seconds(after)


def _beside(name: str, at: datetime, due: int) -> Figure:
    ours: Call = lambda: claim_due(at=at)  # noqa: E731
    limit: Call = lambda: limits.ask(limits.REMINDERS, at=at)  # noqa: E731
    taken: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for call, times in zip((ours, limit), taken, strict=True):
            times.append(_timed(call, due))
    return Figure(name, min(taken[0]), min(taken[1]), "ms", "<= 3")


def _timed(call: Call, due: int) -> float:
    """The milliseconds of one call, whose claims are then taken back."""
    with transaction.atomic():
        began = time.perf_counter()
        found = call()
        taken = (time.perf_counter() - began) * 1000
        assert len(found) == due
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM booking_reminder")
    return taken
