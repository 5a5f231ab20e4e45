"""Reading and adding rows with hand-written SQL, as fast as the driver allows."""

import re
import select
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.models.base import ModelState

from foundation.personal import Personal

M = TypeVar("M", bound=models.Model)


def fetch(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one constant statement with `%(name)s` parameters.

    Values travel apart from the text and back in binary, and PostgreSQL keeps the plan
    for the next time where the settings allow (`prepare_threshold`). Runs on Django's
    connection, in its transaction and its query log. `statement` must be a constant:
    what users typed goes into `parameters` only.
    """
    # The connection itself: each look through `django.db.connection` costs.
    connection = connections[DEFAULT_DB_ALIAS]
    _renew(connection)
    connection.ensure_connection()
    # Django's own cursors put values into the text, so nothing could be kept; psycopg's
    # usual ones take a long statement apart anew each time.
    raw: Any = psycopg.RawCursor(connection.connection)
    raw.format = psycopg.pq.Format.BINARY
    logged = _logged(connection, raw, statement, parameters)
    with CursorWrapper(raw, connection) as cursor, logged:
        text, names = _numbered(statement)
        cursor.execute(text, [parameters[name] for name in names])
        return cursor.fetchall()


def _renew(connection: Any) -> None:
    """Let go of a connection that was kept from the last request and cut since.

    Once a request, as Django does before its own statements; but a server that goes
    hangs up, which can be seen without asking it anything. Only where something came
    unasked is it asked.
    """
    kept = connection.connection
    is_due = connection.health_check_enabled and not connection.health_check_done
    if kept is None or not is_due:
        return
    if kept.closed or _has_come(kept.pgconn.socket):
        connection.close_if_health_check_failed()
    else:
        connection.health_check_done = True


def _has_come(socket: int) -> bool:
    """Whether there is anything to read on the socket, its end too."""
    looking = select.poll()
    looking.register(socket, select.POLLIN)
    return bool(looking.poll(0))


@cache
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with `$1` for its first parameter as PostgreSQL wants it, and the
    parameters' names in that order."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${names.setdefault(found['name'], len(names) + 1)}"

    text = re.sub(r"%\((?P<name>[^)]+)\)s|%%", number, statement)
    return text, tuple(names)


def _logged(
    connection: Any, raw: Any, statement: str, parameters: Mapping[str, Any]
) -> Any:
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
    The model's `__init__` is not run, nor do `pre_init` and `post_init` hear of it: the
    values are put where it would put them.
    """
    names, key = _names(model)
    mine = dict(zip(names, values, strict=False))
    if mine[key] is None:
        return None
    if converters := _converters(model):
        connection = connections[DEFAULT_DB_ALIAS]
        for name, convert, column in converters:
            mine[name] = convert(mine[name], column, connection)
    row = model.__new__(model)
    state = row._state = ModelState()
    state.db, state.adding = DEFAULT_DB_ALIAS, False
    vars(row).update(mine)
    if isinstance(row, Personal):
        row.note_loaded()
    return row


@cache
def _names(model: type[models.Model]) -> tuple[tuple[str, ...], str]:
    """The attributes of `columns` in their order, and the key's."""
    fields = model._meta.concrete_fields
    return tuple(field.attname for field in fields), model._meta.pk.attname


@cache
def _converters(model: type[models.Model]) -> list[tuple[str, Any, Any]]:
    """What stands between the driver's values and those of fields that have a form of
    their own."""
    return [
        (field.attname, convert, field.cached_col)
        for field in model._meta.concrete_fields
        for convert in field.get_db_converters(connections[DEFAULT_DB_ALIAS])
    ]


class Along(NamedTuple):
    """A statement that is carried out together with the INSERT of a row, in the same
    round trip, if that row is written and not otherwise (`insert_row`).

    `text` is a constant that reads `FROM made`, whose one column `key` is the new row's
    key. The names of its parameters are its own: `%(table.column)s`.
    """

    text: str
    parameters: dict[str, Any]


def along(row: models.Model) -> Along:
    """The INSERT of a new row, for `insert_row` to carry out along with another's. Its
    key stays unknown."""
    table = row._meta.db_table
    values = _values(row)
    text = _insertion_along(type(row), tuple(values))
    return Along(text, {f"{table}.{name}": value for name, value in values.items()})


def _values(row: models.Model) -> dict[str, Any]:
    """What the ORM would send, by column, without what is NULL where the column has no
    other default: each value costs."""
    connection = connections[DEFAULT_DB_ALIAS]
    values = {}
    for field, column, kind, has_default in _sent(type(row)):
        value = field.pre_save(row, True)
        # Most are what the driver takes anyway, and a booking has eighty.
        if value is not None and type(value) is not kind:
            value = field.get_db_prep_save(value, connection)
        if value is not None or has_default:
            values[column] = value
    return values


# What fields of these very classes send as it is.
_AS_IT_IS: dict[type, type] = {
    models.BooleanField: bool,
    models.CharField: str,
    models.TextField: str,
    models.UUIDField: uuid.UUID,
    **dict.fromkeys(
        (
            models.IntegerField,
            models.BigIntegerField,
            models.SmallIntegerField,
            models.PositiveIntegerField,
            models.PositiveSmallIntegerField,
            models.BigAutoField,
            models.ForeignKey,
            models.OneToOneField,
        ),
        int,
    ),
}


@cache
def _sent(
    model: type[models.Model],
) -> list[tuple[Any, str, type | None, bool]]:
    """Every field of a model with its column, the class of values that it sends as they
    are, and whether NULL must be said, as the column would have another value."""
    return [
        (
            field,
            str(field.column),
            _AS_IT_IS.get(type(field)),
            field.has_db_default() and not field.primary_key,
        )
        for field in model._meta.concrete_fields
    ]


@cache
def _insertion(
    model: type[models.Model],
    filled: tuple[str, ...],
    ending: str,
    texts: tuple[str, ...],
) -> str:
    columns = ", ".join(filled)
    values = ", ".join(f"%({column})s" for column in filled)
    names = f"{model._meta.db_table} ({columns})"
    key = model._meta.pk.column
    insertion = f"INSERT INTO {names} VALUES ({values}) {ending} RETURNING {key} AS key"  # noqa: S608 names of ours  # nosec B608
    if not texts:
        return insertion
    parts = [f"made AS ({insertion})"]
    parts += [f"along_{number} AS ({text})" for number, text in enumerate(texts)]
    return f"WITH {', '.join(parts)} SELECT key FROM made"  # noqa: S608 as above  # nosec B608


@cache
def _insertion_along(model: type[models.Model], filled: tuple[str, ...]) -> str:
    table, connection = model._meta.db_table, connections[DEFAULT_DB_ALIAS]
    fields = [field for field in model._meta.concrete_fields if field.column in filled]
    columns = ", ".join(str(field.column) for field in fields)
    # A SELECT does not learn its types from the table. Without their lengths: what is
    # too long must be refused, and a cast would cut it.
    types = [re.sub(r"\(.*\)", "", str(field.db_type(connection))) for field in fields]
    values = ", ".join(
        f"%({table}.{field.column})s::{kind}"
        for field, kind in zip(fields, types, strict=True)
    )
    return f"INSERT INTO {table} ({columns}) SELECT {values} FROM made"  # noqa: S608 names of ours  # nosec B608


def insert_row(
    row: models.Model, *, unless_conflict: bool = False, along: Sequence[Along] = ()
) -> bool:
    """INSERT a new row as the ORM would, sealed fields sealed, under the key it has or
    a new one; sets its key. What goes `along` is written with it.

    With `unless_conflict` a constraint that stands against it is no error: nothing is
    written, no savepoint is needed, and two who wait for each other's index entries do
    not deadlock. Returns whether the row is there. Sends no signals.
    """
    values = _values(row)
    filled = tuple(values)
    for part in along:
        values |= part.parameters
    ending = "ON CONFLICT DO NOTHING" if unless_conflict else ""
    texts = tuple(part.text for part in along)
    rows = fetch(_insertion(type(row), filled, ending, texts), values)
    if not rows:
        return False
    row.pk = rows[0][0]
    row._state.adding = False
    return True
