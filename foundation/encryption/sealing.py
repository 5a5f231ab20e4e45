"""Sealing columns that were open, and back: for migrations.

Both go in batches, each in its own transaction, and skip what is done, so a migration
with `atomic = False` that was cut off goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from psycopg import sql

from foundation.encryption.fields import normalised, place
from foundation.encryption.keyring import Unopened, key_id, keyring
from foundation.encryption.storage import EncryptedStorage

BATCH = 500


@dataclass(frozen=True)
class Column:
    """A column of text. `bound_to` is the column that tells its rows apart; `json` is
    for what is sealed even when empty."""

    table: str
    name: str
    bound_to: str = "public_id"


def seal_columns(*columns: Column) -> Callable[[Any, Any], None]:
    """For RunPython: seal what stands open."""

    def forwards(apps: Any, editor: Any) -> None:
        for column in columns:
            _each(editor, column, _sealed)

    return forwards


def open_columns(*columns: Column) -> Callable[[Any, Any], None]:
    """For RunPython, backwards: open what is sealed."""

    def backwards(apps: Any, editor: Any) -> None:
        for column in columns:
            _each(editor, column, _opened)

    return backwards


def index_column(column: Column, index: str) -> Callable[[Any, Any], None]:
    """For RunPython, before sealing: fill the blind index `index` of a column."""

    def forwards(apps: Any, editor: Any) -> None:
        where = f"{column.table}.{index}".encode()

        def blind(text: str, _: bytes) -> str:
            return keyring().blind(normalised(text), where)

        _each(editor, column, blind, into=index)

    return forwards


def seal_files(table: str, column: str) -> Callable[[Any, Any], None]:
    """For RunPython: seal the open ones of the clinical files that a column names."""

    def forwards(apps: Any, editor: Any) -> None:
        storage: Any = storages["clinical"]
        for key, name in _names(editor, table, column):
            if storage.is_sealed(name) or not storage.inner.exists(name):
                continue
            with storage.inner.open(name, "rb") as plain:
                sealed = storage.save(name, File(plain))
            _rename(editor, table, column, key, sealed)
            storage.inner.delete(name)

    return forwards


def open_files(table: str, column: str) -> Callable[[Any, Any], None]:
    """For RunPython, backwards: the clinical files that a column names stand open."""

    def backwards(apps: Any, editor: Any) -> None:
        storage: Any = storages["clinical"]
        for key, name in _names(editor, table, column):
            if not storage.is_sealed(name):
                continue
            with storage.open(name) as sealed:
                plain = storage.inner.save(name, sealed)
            _rename(editor, table, column, key, plain)
            storage.delete(name)

    return backwards


def _names(editor: Any, table: str, column: str) -> list[tuple[int, str]]:
    if not isinstance(storages["clinical"], EncryptedStorage):
        return []
    read = sql.SQL(
        "SELECT id, {column} FROM {table} WHERE {column} <> '' ORDER BY id"
    ).format(column=sql.Identifier(column), table=sql.Identifier(table))
    with editor.connection.cursor() as cursor:
        cursor.execute(read)
        rows: list[tuple[int, str]] = cursor.fetchall()
    return rows


def _rename(editor: Any, table: str, column: str, key: int, name: str) -> None:
    write = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s").format(
        table=sql.Identifier(table), column=sql.Identifier(column)
    )
    with editor.connection.cursor() as cursor:
        cursor.execute(write, [name, key])


def _sealed(text: str, where: bytes) -> str:
    try:
        keyring().open(text, where)
    except Unopened:
        # Also what only looks sealed because somebody typed it so.
        return keyring().seal(text.encode(), where)
    return text


def _opened(text: str, where: bytes) -> str:
    try:
        key_id(text)
    except Unopened:
        return text
    return keyring().open(text, where).decode()


def _each(
    editor: Any, column: Column, turn: Callable[[str, bytes], str], into: str = ""
) -> None:
    """Turn every value of a column, and write it there or `into` another one."""
    names = {
        "table": sql.Identifier(column.table),
        "name": sql.Identifier(column.name),
        "anchor": sql.Identifier(column.bound_to),
        "target": sql.Identifier(into or column.name),
    }
    read = sql.SQL(
        "SELECT id, {anchor}, {name} FROM {table} "
        "WHERE id > %s AND {name} <> '' ORDER BY id LIMIT %s FOR UPDATE"
    ).format(**names)
    write = sql.SQL("UPDATE {table} SET {target} = %s WHERE id = %s").format(**names)
    last = 0
    while True:
        alias = editor.connection.alias
        with transaction.atomic(alias), editor.connection.cursor() as cursor:
            cursor.execute(read, [last, BATCH])
            rows = cursor.fetchall()
            changed = [
                (turn(text, place(column.table, column.name, row)), key)
                for key, row, text in rows
            ]
            cursor.executemany(write, changed)
        if not rows:
            return
        last = rows[-1][0]
