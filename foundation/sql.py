"""Reading rows with hand-written SQL, as fast as the driver allows."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper


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
