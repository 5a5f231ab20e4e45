"""The rows that migrations make, put back after each test that commits.

Such a test leaves every table empty, and Django would leave it at that: the next test
on this process would miss the first home page, the CMS's groups and its approvals.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql
from wagtail.models import Site

# The first knows what was migrated, the second is written by a trigger.
_LEFT_ALONE = {"django_migrations", "clinic_pages_contentversion"}
_UNKNOWN_TO_DJANGO = ["audit_waiting"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Replace Django's emptying of the tables by one that brings the rows back."""
    with django_db_blocker.unblock():
        rows = _read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            TransactionTestCase,
            "_fixture_teardown",
            lambda _: _restore(rows),
        )
        yield


def _read() -> dict[str, bytes]:
    """Every table, with its rows in COPY's form; of most there are none."""
    names = connection.introspection.django_table_names(
        only_existing=True, include_views=False
    )
    names += _UNKNOWN_TO_DJANGO
    connection.ensure_connection()
    rows = {}
    for name in sorted(set(names) - _LEFT_ALONE):
        table = sql.Identifier(name)
        # What is partitioned can only be copied as a query.
        statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(table)
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
            rows[name] = b"".join(copy)
    return rows


def _restore(rows: dict[str, bytes]) -> None:
    """Empty the tables and fill those that were not. Keys are as they were, so what a
    process remembers by them stays true.

    The access log can't be emptied; between two tests that commit it must be. So this
    alone is done as a replica would, without triggers and without looking at foreign
    keys (superusers only). DELETE, and only where there is something: TRUNCATE makes
    new files for a table and each of its indexes, which takes longer than most tests.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(_filled(rows))
            for (name,) in cursor.fetchall():
                cursor.execute(
                    sql.SQL("DELETE FROM {}").format(sql.Identifier(name)),
                )
            cursor.execute("SET LOCAL session_replication_role = origin")
        for name, lines in rows.items():
            if lines:
                _write(name, lines)
    Site.clear_site_root_paths_cache()
    caches["pages"].clear()


def _filled(names: Iterable[str]) -> sql.Composed:
    """A question for those of the tables that have any rows."""
    one = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    return sql.SQL(" UNION ALL ").join(
        one.format(sql.Literal(name), sql.Identifier(name)) for name in names
    )


def _write(name: str, lines: bytes) -> None:
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)
