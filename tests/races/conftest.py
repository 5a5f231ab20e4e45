"""Many at once, each on a database connection of its own."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest
from django.db import connection


class Outcome(NamedTuple):
    """What one of them got: a value, or the exception that it raised."""

    value: Any
    error: Exception | None
    seconds: float


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Outcome]:
    """Run every call in a thread of its own, all starting together."""
    calls = list(calls)
    gate = threading.Barrier(len(calls))
    outcomes: list[Outcome | None] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            # The connection is there before the race begins.
            connection.ensure_connection()
            gate.wait(30)
            began = time.monotonic()
            try:
                value, error = call(), None
            except Exception as raised:
                value, error = None, raised
            outcomes[place] = Outcome(value, error, time.monotonic() - began)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(place, call), daemon=True)
        for place, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert None not in outcomes, "One of them hangs or died."
    return [outcome for outcome in outcomes if outcome is not None]


def deadlocks() -> int:
    """How many deadlocks this database has seen, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def no_deadlocks(transactional_db):
    """Fails the test if PostgreSQL had to break a deadlock meanwhile."""
    before = deadlocks()
    yield
    # Counts are handed in when a connection closes, at the latest.
    time.sleep(0.2)
    assert deadlocks() == before
