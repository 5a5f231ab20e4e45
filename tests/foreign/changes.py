"""What a request changed in the database, and whose it was. Nothing of it stays."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models, transaction

from tests.edges.fingerprints import TRACES

Row = tuple[str, Any]


class Change(NamedTuple):
    """A row that was added, altered or deleted, and all that its foreign keys lead to,
    over any number of tables, before and after."""

    table: str
    pk: Any
    leads_to: frozenset[Row]


def label(thing: models.Model) -> Row:
    return thing._meta.db_table, thing.pk


def changes_of(act: Callable[[], Any]) -> tuple[Any, list[Change]]:
    """What `act` answers, and what it changed. Its changes are taken back."""
    counted = _counted()
    with transaction.atomic():
        answer = act()
        # Some of it may be taken back already, so these are those to look at.
        tables = [t for t, n in _counted().items() if n > counted.get(t, 0)]
        after = {table: _rows(table) for table in tables}
        transaction.set_rollback(True)
    before = {table: _rows(table) for table in tables}
    return answer, [
        Change(table, pk, _led(table, pk, after) | _led(table, pk, before))
        for table in tables
        for pk in before[table].keys() | after[table].keys()
        if before[table].get(pk) != after[table].get(pk)
    ]


def _counted() -> dict[str, int]:
    """How often rows of each table were written in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, n_tup_ins + n_tup_upd + n_tup_del"
            " from pg_stat_xact_user_tables"
        )
        return {
            name: count
            for name, count in cursor.fetchall()
            if not name.startswith(TRACES)
        }


_MODELS = {
    model._meta.db_table: model for model in apps.get_models(include_auto_created=True)
}


def _rows(table: str) -> dict[Any, dict[str, Any]]:
    """Every row, column by column, by its primary key."""
    name = connection.ops.quote_name(table)
    pk = connection.ops.quote_name(_MODELS[table]._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"select t.{pk}, to_jsonb(t)::text from {name} t")  # noqa: S608
        return {key: json.loads(row) for key, row in cursor.fetchall()}


Rows = dict[str, dict[Any, dict[str, Any]]]


def _led(table: str, pk: Any, rows: Rows) -> frozenset[Row]:
    """The row itself, if it is there, and all that its foreign keys lead to. `rows` are
    whole tables at that time; what stands in others is as it is now."""
    seen: set[Row] = set()
    todo: list[Row] = [(table, pk)]
    while todo:
        row = todo.pop()
        if row not in seen:
            found = rows[row[0]].get(row[1]) if row[0] in rows else _row(*row)
            if found:
                seen.add(row)
                todo += _targets(row[0], found)
    return frozenset(seen)


def _targets(table: str, row: dict[str, Any]) -> list[Row]:
    return [
        (field.related_model._meta.db_table, row[field.column])
        for field in _MODELS[table]._meta.concrete_fields
        if field.is_relation and row.get(field.column) is not None
    ]


def _row(table: str, pk: Any) -> dict[str, Any] | None:
    name = connection.ops.quote_name(table)
    key = connection.ops.quote_name(_MODELS[table]._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select to_jsonb(t)::text from {name} t where t.{key} = %s",  # noqa: S608
            [pk],
        )
        found = cursor.fetchone()
    return json.loads(found[0]) if found else None
