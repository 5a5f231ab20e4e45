"""Going back: whoever does not want a new version can have the old tables again."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from portal.backups.database import program
from tests.servers import ROOT, environment
from tests.template_database import drop, maintenance, url

# Takes apps to the migrations of a list, as `migrate` would: all in one go, and without
# what it does afterwards, app by app, for permissions.
MIGRATE = """
import json, sys, django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
MigrationExecutor(connection).migrate([tuple(to) for to in json.loads(sys.argv[1])])
"""


def ours():
    """The migrations of this house, by app and name."""
    loader = MigrationLoader(None)
    own = {
        config.label
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(settings.BASE_DIR)
        and ".venv" not in Path(config.path).parts
    }
    return loader, {k: m for k, m in loader.disk_migrations.items() if k[0] in own}


def test_every_migration_can_be_undone_or_says_why_not():
    """A migration that cannot says so in a line `irreversible = "why"`, and its version
    goes back by a backup only: docs/operations.md, "A new version"."""
    _, migrations = ours()
    assert len(migrations) > 30
    mute = [
        f"{app}.{name}"
        for (app, name), migration in migrations.items()
        if not all(operation.reversible for operation in migration.operations)
        and not getattr(migration, "irreversible", "")
    ]
    assert mute == []


def last_steps():
    """(app, name to go back to, newest) of each app that has more than one: before its
    newest, and before whatever stands on the newest of another."""
    loader, migrations = ours()
    nodes = loader.graph.node_map
    undone = set()
    for app in sorted({app for app, _ in migrations}):
        (newest,) = loader.graph.leaf_nodes(app)
        before = [p for p in nodes[newest].parents if p.key[0] == app]
        if before and not getattr(migrations[newest], "irreversible", ""):
            undone |= {newest, *above(nodes[newest])}
    found = []
    for app in sorted({app for app, _ in undone}):
        names = sorted(name for of, name in migrations if of == app)
        back = min(name for of, name in undone if of == app)
        assert back != names[0], f"{app} would go back to nothing"
        found.append((app, names[names.index(back) - 1], names[-1]))
    return found


def above(node):
    """The keys of all that stands on a migration, however far up."""
    found = set()
    for child in node.children:
        found |= {child.key, *above(child)}
    return found


@pytest.fixture
def copy(db):
    """A database of its own, as a clinic has it after all migrations."""
    name = f"medconsult_back_{os.getpid()}"
    template = connection.settings_dict["TEST"]["TEMPLATE"]
    with maintenance() as cursor:
        drop(cursor, name)
        make = sql.SQL("create database {} template {}")
        cursor.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    yield name
    with maintenance() as cursor:
        drop(cursor, name)


def schema(name):
    """All tables, indexes, constraints and triggers, in words."""
    wanted = ["--schema-only", "--schema=public", "--no-owner", "--no-privileges"]
    done = subprocess.run(
        [str(program("pg_dump")), *wanted, url(name)],
        capture_output=True,
        text=True,
        check=True,
    )
    # Two lines bear a number that is another each time; what was last has no comma; and
    # PostgreSQL 18 names even NOT NULL, by the table's name of that day.
    return [
        re.sub(r"CONSTRAINT \S+ NOT NULL", "NOT NULL", line).rstrip(",")
        for line in done.stdout.splitlines()
        if not line.startswith(("\\restrict", "\\unrestrict"))
    ]


def migrate(name, steps):
    subprocess.run(
        [sys.executable, "-c", MIGRATE, json.dumps(steps)],
        cwd=ROOT,
        env=environment(DATABASE_URL=url(name)),
        check=True,
    )


@pytest.mark.slow
@pytest.mark.longest
def test_a_version_back_and_forth_leaves_every_table_as_it_was(copy):
    steps = last_steps()
    assert len(steps) > 5
    connection.ensure_connection()
    before = schema(copy)
    migrate(copy, [(app, name) for app, name, _ in steps])
    assert schema(copy) != before
    migrate(copy, [(app, name) for app, _, name in steps])
    # Columns that come back stand at the end of their table, so the order may differ.
    lost, new = Counter(before), Counter(schema(copy))
    assert (lost - new, new - lost) == (Counter(), Counter())
