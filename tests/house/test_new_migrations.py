"""A new version beside the old one: its migrations run while the site serves people.

Two things hold for every migration that is newer than this rule. It keeps no table to
itself for longer than a moment, whatever is in it: else requests wait, and then the
migration gives up (`lock_timeout`). And the version before goes on working on what it
leaves, because its programs still run. Where one of them cannot be so, the migration
says why that is no harm: `locks = "…"`, `old_version = "…"`.
"""

from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
)
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.house.test_migrations import ours

# The newest of each app when the rule came.
BEFORE = {
    "accounts": 18,
    "audit": 2,
    "billing": 2,
    "booking": 21,
    "clinic": 14,
    "clinic_pages": 5,
    "home": 2,
    "notifications": 4,
    "portal": 9,
    "records": 8,
    "search": 1,
}
LOCKS = "keeps a table to itself"
BREAKS = "stops the version before"


def is_new(app: str, name: str) -> bool:
    return int(name[:4]) > BEFORE.get(app, 0)


def flat(operations) -> Iterator[migrations.operations.base.Operation]:
    """What is done to the database, step by step."""
    for one in operations:
        if isinstance(one, migrations.SeparateDatabaseAndState):
            yield from flat(one.database_operations)
        else:
            yield one


def faults(app: str, operations, state: ProjectState) -> set[tuple[str, str]]:
    """(what is wrong, where) with operations that begin at `state`."""
    made: set[str] = set()
    found = set()
    for one in flat(operations):
        table = (getattr(one, "model_name", "") or getattr(one, "name", "")).lower()
        if isinstance(one, migrations.CreateModel):
            made.add(table)
        elif table not in made:
            found |= {(wrong, one.describe()) for wrong in _wrong(app, one, state)}
        one.state_forwards(app, state)
    return found


def _wrong(app, one, state) -> Iterator[str]:
    scripts = (migrations.RunSQL, migrations.RunPython)
    gone = (
        migrations.RemoveField,
        migrations.DeleteModel,
        migrations.RenameField,
        migrations.RenameModel,
        migrations.AlterModelTable,
    )
    quick = (AddIndexConcurrently, AddConstraintNotValid)
    slow = (migrations.AddIndex, migrations.AddConstraint)
    if isinstance(one, gone):
        yield BREAKS
    elif isinstance(one, scripts) or (
        isinstance(one, slow) and not isinstance(one, quick)
    ):
        # Nobody but its author knows how long a script of our own takes.
        yield LOCKS
    elif isinstance(one, migrations.AddField):
        yield from _wrong_column(one.field)
    elif isinstance(one, migrations.AlterField):
        before = state.models[app, one.model_name_lower].get_field(one.name)
        yield from _wrong_change(before, one.field)


def _wrong_column(field) -> Iterator[str]:
    if not field.null and not field.has_db_default() and not field.many_to_many:
        # The version before inserts rows without it.
        yield BREAKS
    if field.unique or field.db_index:
        yield LOCKS


def _wrong_change(before, after) -> Iterator[str]:
    if before.null and not after.null:
        # The version before still writes nothing there, and every row is looked at.
        yield BREAKS
        yield LOCKS
    if _type_of(before) != _type_of(after):
        yield LOCKS
    gains = (after.unique or after.db_index) and not (before.unique or before.db_index)
    if gains:
        yield LOCKS


def _type_of(field) -> object:
    """Of a foreign key it is that of the table that it leads to."""
    if field.is_relation:
        return str(field.remote_field.model).lower()
    return field.db_parameters(connection)


def excused(migration) -> set[str]:
    return {
        wrong
        for wrong, name in ((LOCKS, "locks"), (BREAKS, "old_version"))
        if getattr(migration, name, "")
    }


def test_new_migrations_keep_nobody_waiting_and_leave_the_old_version_working():
    loader, known = ours()
    wrong = {}
    for (app, name), migration in known.items():
        if is_new(app, name):
            state = loader.project_state((app, name), at_end=False)
            found = faults(app, migration.operations, state)
            found = {one for one in found if one[0] not in excused(migration)}
            if found:
                wrong[f"{app}.{name}"] = found
    assert wrong == {}


# --- The judge is asked about things whose answer is known ---------------------------

FIELD = {"model_name": "doctor", "name": "motto"}
INDEX = models.Index(fields=["slug"], name="by_slug")
RULE = models.CheckConstraint(condition=models.Q(slug__gt=""), name="named")
WRONG = [
    (migrations.AddField(**FIELD, field=models.CharField(max_length=5)), {BREAKS}),
    (migrations.AddField(**FIELD, field=models.TextField(default="")), {BREAKS}),
    (
        migrations.AddField(**FIELD, field=models.TextField(null=True, unique=True)),
        {LOCKS},
    ),
    (migrations.AddIndex("doctor", INDEX), {LOCKS}),
    (migrations.AddConstraint("doctor", RULE), {LOCKS}),
    (migrations.RemoveField("doctor", "slug"), {BREAKS}),
    (migrations.RenameField("doctor", "slug", "sluggish"), {BREAKS}),
    (migrations.DeleteModel("doctor"), {BREAKS}),
    (migrations.RunPython(migrations.RunPython.noop), {LOCKS}),
    (migrations.RunSQL("update clinic_doctor set slug = slug"), {LOCKS}),
    (
        migrations.SeparateDatabaseAndState([migrations.RunSQL("select 1")]),
        {LOCKS},
    ),
    (
        migrations.AlterField("doctor", "left_date", models.DateField()),
        {BREAKS, LOCKS},
    ),
    (
        migrations.AlterField("doctor", "slug", models.CharField(max_length=7)),
        {LOCKS},
    ),
]
RIGHT = [
    migrations.AddField(**FIELD, field=models.TextField(null=True)),
    migrations.AddField(**FIELD, field=models.TextField(db_default="", default="")),
    AddIndexConcurrently("doctor", INDEX),
    AddConstraintNotValid("doctor", RULE),
    migrations.AlterModelOptions("doctor", {"ordering": ["slug"]}),
]


@pytest.fixture(scope="module")
def now():
    return MigrationLoader(None).project_state()


@pytest.mark.parametrize(("operation", "expected"), WRONG)
def test_what_locks_or_breaks_is_seen(operation, expected, now):
    found = faults("clinic", [operation], now.clone())
    assert {wrong for wrong, _ in found} == expected


@pytest.mark.parametrize("operation", RIGHT)
def test_what_does_neither_passes(operation, now):
    assert faults("clinic", [operation], now.clone()) == set()


def test_a_table_that_is_new_itself_has_nobody_waiting_for_it(now):
    new = migrations.CreateModel("motto", [("id", models.AutoField(primary_key=True))])
    index = migrations.AddIndex("motto", models.Index(fields=["id"], name="by_id"))
    column = migrations.AddField("motto", "words", models.CharField(max_length=5))
    assert faults("clinic", [new, column, index], now.clone()) == set()
