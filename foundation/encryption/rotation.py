"""Bringing everything sealed to the active key, beside live traffic.

Nothing is remembered between runs: what is left to do is what still bears another key.
So a run may be killed anywhere and begun again. A value that somebody saves meanwhile
is left alone; it was sealed with the active key by that save, or the next pass finds
it. Of two runs at once one could remove a file's old key while the other writes the new
one again, and a death in between would lose the file: the second is refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps
from django.core.files.storage import storages
from django.db import OperationalError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Cast
from psycopg import sql

from foundation.encryption.fields import EncryptedJSONField, EncryptedTextField, Sealed
from foundation.encryption.keyring import Unopened, keyring, prefix
from foundation.encryption.storage import EncryptedStorage

BATCH = 200
# Any number that nobody else uses.
_LOCK = 7_316_012


class RunsAlready(Exception):
    """Another run is at work."""


@dataclass(frozen=True)
class Progress:
    """How far one place is: `place` is table.column, or the storage's name."""

    place: str
    done: int
    total: int


@dataclass(frozen=True)
class Stale:
    """What still bears another key than the active one."""

    place: str
    count: int


def sealed_fields() -> list[tuple[type[models.Model], Any]]:
    """Every sealed field of the house with its model, in a fixed order."""
    return [
        (model, field)
        for model in sorted(apps.get_models(), key=lambda one: one._meta.label)
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField | EncryptedJSONField)
    ]


def stale() -> list[Stale]:
    """What `rotate` would still have to do; empty means old keys can go."""
    found = [
        Stale(_label(model, field), _left(model, field).count())
        for model, field in sealed_fields()
    ]
    storage = storages["clinical"]
    if isinstance(storage, EncryptedStorage):
        found.append(Stale("files", sum(1 for _ in storage.stale())))
    return [one for one in found if one.count]


def rotate() -> Iterator[Progress]:
    """Seal every value and wrap every file's key with the active key.

    Yields after each batch. Raises Unopened for what no key of the ring opens, after
    all the others are done, and RunsAlready beside another run.
    """
    with _alone():
        yield from _rotate()


@contextmanager
def _alone() -> Iterator[None]:
    """As long as this connection. Of a run that was killed the database takes leave a
    moment later, so it is waited for, as long as for any lock."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            words = "Another run is at work. Wait until it has ended."
            raise RunsAlready(words) from error
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _rotate() -> Iterator[Progress]:
    lost = 0
    for model, field in sealed_fields():
        total = _left(model, field).count()
        done = last = 0
        while rows := list(_left(model, field).filter(pk__gt=last)[:BATCH]):
            lost += _reseal(model, field, rows)
            last = rows[-1].pk
            done += len(rows)
            yield Progress(_label(model, field), done, max(total, done))
    storage = storages["clinical"]
    if isinstance(storage, EncryptedStorage):
        names = list(storage.stale())
        for done, name in enumerate(names, start=1):
            try:
                storage.rewrap(name)
            except Unopened:
                # One that was deleted meanwhile is not lost.
                lost += storage.exists(name)
            yield Progress("files", done, len(names))
    if lost:
        raise Unopened(f"{lost} value(s) can be opened by none of our keys.")


def _label(model: type[models.Model], field: Any) -> str:
    return f"{model._meta.db_table}.{field.column}"


def sealed_rows(model: type[models.Model], field: Any) -> Any:
    """Rows with something in that column, with no more than it takes to open it. The
    field knows no such question: asked of the column as it is, which is `held`."""
    return (
        model._base_manager.annotate(
            held=Cast(F(field.attname), output_field=models.TextField())
        )
        .exclude(held="")
        .exclude(held=None)
        .only("pk", field.bound_to, field.attname)
    )


def _left(model: type[models.Model], field: Any) -> Any:
    """Rows whose value bears another key."""
    rows = sealed_rows(model, field)
    return rows.exclude(held__startswith=prefix(keyring().active)).order_by("pk")


def _reseal(model: type[models.Model], field: Any, rows: list[Any]) -> int:
    """Seal the values of one batch anew, in one transaction; how many did not open."""
    lost = 0
    changed = []
    for row in rows:
        before: Sealed = row.__dict__[field.attname]
        try:
            after = field.seal(row, field.open(row, before))
        except Unopened:
            lost += 1
            continue
        changed.append((after.token, row.pk, before.token))
    # Only while it still holds what was read: a save meanwhile wins.
    update = sql.SQL(
        "UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        column=sql.Identifier(field.column),
        key=sql.Identifier(str(model._meta.pk.column)),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(update, changed)
    return lost
