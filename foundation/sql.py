"""Reading and adding rows with hand-written SQL, as fast as the driver allows."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import psycopg
from django.db import connection, models
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper

M = TypeVar("M", bound=models.Model)


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one constant statement with `%(name)s` parameters.

    Values travel apart from the text and back in binary, and PostgreSQL keeps the plan
    for the next time where the settings allow (`prepare_threshold`). Runs on Django's
    connection, in its transaction and its query log. `statement` must be a constant:
    what users typed goes into `parameters` only.
    """
    connection.ensure_connection()
    # Django's own cursors put values into the text, so nothing could be kept.
    raw: Any = psycopg.Cursor(connection.connection)
    raw.format = psycopg.pq.Format.BINARY
    with CursorWrapper(raw, connection) as cursor, _logged(raw, statement, parameters):
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _logged(raw: Any, statement: str, parameters: Mapping[str, Any]) -> Any:
    """Puts the statement into the query log; the driver forgets the text of prepared
    ones, so it is given here."""
    if not connection.queries_logged:
        return nullcontext()
    return CursorDebugWrapper(raw, connection).debug_sql(statement, dict(parameters))


def columns(model: type[models.Model], alias: str) -> str:
    """Every column of a model's table for a SELECT in which the table is `alias`, in
    the order in which `take_row` wants them."""
    parts = []
    for field in model._meta.concrete_fields:
        # The field's own reader wants JSON as text.
        cast = "::text" if isinstance(field, models.JSONField) else ""
        parts.append(f'{alias}."{field.column}"{cast}')
    return ", ".join(parts)


def take_row(model: type[M], values: Iterator[Any]) -> M | None:
    """The object whose `columns` come next in a row that `fetch` brought; None where
    an outer join found nothing.

    Takes its values from the iterator, so several can be read from one row. A tenth of
    what the same costs through a queryset, which writes its statement anew each time.
    """
    fields = model._meta.concrete_fields
    mine = list(islice(values, len(fields)))
    if mine[fields.index(model._meta.pk)] is None:
        return None
    for place, convert, column in _converters(model):
        mine[place] = convert(mine[place], column, connection)
    return model.from_db(connection.alias, [field.attname for field in fields], mine)


@cache
def _converters(model: type[models.Model]) -> list[tuple[int, Any, Any]]:
    """What stands between the driver's values and those of fields that have a form of
    their own."""
    return [
        (place, convert, field.cached_col)
        for place, field in enumerate(model._meta.concrete_fields)
        for convert in field.get_db_converters(connection)
    ]


@cache
def _insertion(model: type[models.Model], ending: str) -> str:
    fields = [one for one in model._meta.concrete_fields if not one.primary_key]
    columns = ", ".join(str(field.column) for field in fields)
    values = ", ".join(f"%({field.column})s" for field in fields)
    names = f"{model._meta.db_table} ({columns})"
    key = model._meta.pk.column
    return f"INSERT INTO {names} VALUES ({values}) {ending} RETURNING {key}"  # noqa: S608 names of ours  # nosec B608


def insert_row(row: models.Model, *, unless_conflict: bool = False) -> bool:
    """INSERT a new row as the ORM would, sealed fields sealed; sets its key.

    With `unless_conflict` a constraint that stands against it is no error: nothing is
    written, no savepoint is needed, and two who wait for each other's index entries do
    not deadlock. Returns whether the row is there. Sends no signals.
    """
    values = {
        str(field.column): field.get_db_prep_save(field.pre_save(row, True), connection)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    ending = "ON CONFLICT DO NOTHING" if unless_conflict else ""
    rows = fetch(_insertion(type(row), ending), values)
    if not rows:
        return False
    row.pk = rows[0][0]
    row._state.adding = False
    return True
