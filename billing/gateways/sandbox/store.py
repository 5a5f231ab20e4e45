"""What the sandbox remembers: objects, answers, deliveries and plans, in SQLite.

A file survives a restart of the demo; without one, everything lives in memory. One
connection under one lock: a sandbox needs to be right, not quick.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from billing.gateways.sandbox.wire import Object

_SCHEMA = """
create table if not exists objects (
  seq integer primary key autoincrement,
  id text unique not null, kind text not null, created integer not null,
  body text not null
);
create index if not exists objects_by_kind on objects (kind, seq);
create table if not exists answers (
  key text primary key, fingerprint text not null, status integer, body text
);
create table if not exists deliveries (
  id integer primary key autoincrement,
  event_id text not null, state text not null, attempts integer not null default 0,
  next_at real not null, last_status integer, last_error text not null default ''
);
create table if not exists plans (
  id integer primary key autoincrement,
  due_at real not null, action text not null, object_id text not null
);
"""
_EMPTYING = (
    "delete from objects",
    "delete from answers",
    "delete from deliveries",
    "delete from plans",
)


@dataclass(frozen=True)
class Answer:
    """What was said under an idempotency key; no `status` while it is worked on."""

    fingerprint: str
    status: int | None
    body: Object


@dataclass(frozen=True)
class Delivery:
    """One event on its way to the webhook. `state`: waiting, sending, done, given up,
    dropped."""

    id: int
    event_id: str
    state: str
    attempts: int
    next_at: float
    last_status: int | None
    last_error: str


@dataclass(frozen=True)
class Plan:
    """Something that happens to an object by itself, at its time."""

    id: int
    due_at: float
    action: str
    object_id: str


class Store:
    def __init__(self, path: str = ":memory:") -> None:
        self.lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        # Whatever was in flight when the last run ended is sent again.
        self._db.execute(
            "update deliveries set state = 'waiting' where state = 'sending'"
        )
        self._db.execute("delete from answers where status is null")

    def close(self) -> None:
        with self.lock:
            self._db.close()

    def clear(self) -> None:
        with self.transaction():
            for statement in _EMPTYING:
                self._db.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another one joins it."""
        with self.lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("begin")
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")

    # Objects

    def put(self, body: Object) -> Object:
        with self.lock:
            self._db.execute(
                "insert into objects (id, kind, created, body) values (?, ?, ?, ?)"
                " on conflict (id) do update set body = excluded.body",
                (body["id"], body["object"], body["created"], json.dumps(body)),
            )
        return body

    def get(self, object_id: str, kind: str = "") -> Object | None:
        with self.lock:
            row = self._db.execute(
                "select body, kind from objects where id = ?", (object_id,)
            ).fetchone()
        if row is None or (kind and row[1] != kind):
            return None
        return dict(json.loads(row[0]))

    def every(self, kind: str) -> list[Object]:
        """All objects of one kind, newest first."""
        with self.lock:
            rows = self._db.execute(
                "select body from objects where kind = ? order by seq desc", (kind,)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    # Answers under idempotency keys

    def recall(self, key: str) -> Answer | None:
        with self.lock:
            row = self._db.execute(
                "select fingerprint, status, body from answers where key = ?", (key,)
            ).fetchone()
        return Answer(row[0], row[1], json.loads(row[2] or "{}")) if row else None

    def begin_answer(self, key: str, fingerprint: str) -> None:
        with self.lock:
            self._db.execute(
                "insert into answers (key, fingerprint) values (?, ?)",
                (key, fingerprint),
            )

    def finish_answer(self, key: str, status: int, body: Object) -> None:
        with self.lock:
            self._db.execute(
                "update answers set status = ?, body = ? where key = ?",
                (status, json.dumps(body), key),
            )

    def forget_answer(self, key: str) -> None:
        with self.lock:
            self._db.execute("delete from answers where key = ?", (key,))

    # Deliveries

    def add_delivery(self, event_id: str, state: str, next_at: float) -> None:
        with self.lock:
            self._db.execute(
                "insert into deliveries (event_id, state, next_at) values (?, ?, ?)",
                (event_id, state, next_at),
            )

    def deliveries(self, event_id: str = "") -> list[Delivery]:
        """Newest first."""
        with self.lock:
            rows = self._db.execute(
                "select id, event_id, state, attempts, next_at, last_status, last_error"
                " from deliveries where ? in ('', event_id) order by id desc",
                (event_id,),
            ).fetchall()
        return [Delivery(*row) for row in rows]

    def claim_deliveries(self, now: float, limit: int) -> list[Delivery]:
        """Due deliveries in no particular order, marked as being sent."""
        with self.transaction():
            rows = self._db.execute(
                "select id, event_id, state, attempts, next_at, last_status, last_error"
                " from deliveries where state = 'waiting' and next_at <= ?"
                " order by random() limit ?",
                (now, limit),
            ).fetchall()
            self._db.executemany(
                "update deliveries set state = 'sending', attempts = attempts + 1"
                " where id = ?",
                [(row[0],) for row in rows],
            )
        return [Delivery(*row) for row in rows]

    def settle_delivery(
        self,
        delivery_id: int,
        *,
        state: str,
        next_at: float,
        status: int | None,
        error: str,
    ) -> None:
        with self.lock:
            self._db.execute(
                "update deliveries set state = ?, next_at = ?, last_status = ?,"
                " last_error = ? where id = ?",
                (state, next_at, status, error, delivery_id),
            )

    # Plans

    def plan(self, due_at: float, action: str, object_id: str) -> None:
        with self.lock:
            self._db.execute(
                "insert into plans (due_at, action, object_id) values (?, ?, ?)",
                (due_at, action, object_id),
            )

    def take_plans(self, now: float) -> list[Plan]:
        """Plans that are due, removed: the caller acts on them."""
        with self.transaction():
            rows: list[Any] = self._db.execute(
                "delete from plans where due_at <= ?"
                " returning id, due_at, action, object_id",
                (now,),
            ).fetchall()
        return [Plan(*row) for row in rows]

    def next_due(self) -> tuple[float | None, float | None]:
        """When the next plan and the next delivery are due (seconds since 1970)."""
        with self.lock:
            plan = self._db.execute("select min(due_at) from plans").fetchone()[0]
            delivery = self._db.execute(
                "select min(next_at) from deliveries where state = 'waiting'"
            ).fetchone()[0]
        return plan, delivery
