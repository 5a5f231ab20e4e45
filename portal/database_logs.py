"""What PostgreSQL's own log must not hold: what people typed.

Only whoever runs the server can see to it (docs/operations.md), so a check says it.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.db import connections

# Setting by setting, under which values no statement and no row of anybody is logged.
_QUIET = {
    "log_error_verbosity": {"terse"},
    "log_min_error_statement": {"log", "fatal", "panic"},
    "log_statement": {"none", "ddl"},
    "log_min_duration_statement": {"-1"},
    "log_min_duration_sample": {"-1"},
}


def check_database_logs(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """For `manage.py check --database default`, and before migrations."""
    return [
        Warning(
            f"The log of the database “{alias}” may hold what people typed: "
            f"{name} is {value}.",
            hint="See “Is it well?” in docs/operations.md.",
            id="database_logs.1",
        )
        for alias in databases or ()
        for name, value in _settings(alias)
        if value not in _QUIET[name]
    ]


def _settings(alias: str) -> list[tuple[str, str]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name",
            [list(_QUIET)],
        )
        return [(name, value) for name, value in cursor.fetchall()]
