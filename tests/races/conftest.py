"""Many at once, each on a database connection of its own; and a house to kill."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connection

from booking.appointments.services import making
from portal.postgres.server import Server
from tests.races.crashing import House

CONSTRAINTS = (
    "doctor_in_one_place",
    "doctor_overbooked_once",
    "room_holds_one",
    "equipment_serves_one",
    "patient_in_one_place",
)


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


@pytest.fixture
def without_constraints(transactional_db):
    """The exclusion constraints are out of the database during the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = ANY(%s)",
            [list(CONSTRAINTS)],
        )
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f'ALTER TABLE booking_appointment DROP CONSTRAINT "{name}"')
    assert len(kept) == len(CONSTRAINTS)
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE booking_appointment CASCADE")
        for name, definition in kept:
            cursor.execute(
                f'ALTER TABLE booking_appointment ADD CONSTRAINT "{name}" {definition}'
            )


def dawdle_before_writing(monkeypatch, seconds: float) -> None:
    """Everybody has looked, and counted, before anybody writes."""
    fit_at = making.fit_at

    def dawdle(*args: Any, **rules: Any) -> Any:
        found = fit_at(*args, **rules)
        time.sleep(seconds)
        return found

    monkeypatch.setattr(making, "fit_at", dawdle)


@pytest.fixture
def without_locks_anywhere(transactional_db):
    """Whoever connects from now on to this database locks no calendar: the function
    that PostgreSQL has for it is hidden behind one that does nothing."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute("CREATE SCHEMA lockless")
        # The page server is no owner.
        cursor.execute("GRANT USAGE ON SCHEMA lockless TO PUBLIC")
        cursor.execute(
            "CREATE FUNCTION lockless.pg_advisory_xact_lock(bigint) RETURNS void"
            " LANGUAGE sql AS ''"
        )
        cursor.execute(
            f"ALTER DATABASE {name} SET search_path = lockless, public, pg_catalog"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} RESET search_path")
        cursor.execute("DROP SCHEMA lockless CASCADE")


@pytest.fixture
def slow_inserts(transactional_db):
    """Everybody dawdles between looking and writing, as slow disks would have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(0.4); RETURN NEW; END'"
        )
        cursor.execute(
            "CREATE TRIGGER dawdle BEFORE INSERT ON booking_appointment"
            " FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER dawdle ON booking_appointment")
        cursor.execute("DROP FUNCTION dawdle")


@pytest.fixture
def database() -> Iterator[Server]:
    """A private server, which a test fills with a copy of its database."""
    server = Server(f"postgres-kills-{os.getpid()}")
    yield server
    server.destroy()


@pytest.fixture
def house(database: Server) -> Iterator[House]:
    house = House(database)
    yield house
    house.close()
