"""The database itself refuses to change the log, whoever asks and however."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from audit.models import Entry, Seal

TABLES = ["audit_entry", "audit_seal"]


def partition():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_entry LIMIT 1")
        return cursor.fetchone()[0]


def attempt(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET verb = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "TRUNCATE audit_entry CASCADE",
        "UPDATE audit_seal SET hash = ''",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
        "UPDATE {partition} SET verb = 'x'",
        "DELETE FROM {partition}",
        "TRUNCATE {partition}",
        "TRUNCATE audit_entry_default",
        "UPDATE audit_entry SET at = at + interval '1 month'",
    ],
)
def test_raw_sql_changes_nothing(log, sql):
    before = list(Entry.objects.order_by("pk").values()), Seal.objects.count()
    with pytest.raises(ProgrammingError, match="only grows"):
        attempt(sql.format(partition=partition()))
    assert (list(Entry.objects.order_by("pk").values()), Seal.objects.count()) == before


def test_no_setting_of_the_session_opens_it(log):
    """pgtrigger's own guard can be told to look away by a variable."""
    with pytest.raises(ProgrammingError, match="only grows"):
        attempt(
            "SET LOCAL pgtrigger.ignore = '{audit_entry:append_only}';"
            " DELETE FROM audit_entry"
        )


def test_the_models_change_nothing_either(log):
    entry = Entry.objects.first()
    entry.verb = "other"
    with pytest.raises(DatabaseError):
        entry.save()
    with pytest.raises(DatabaseError):
        Entry.objects.all().delete()


def test_every_table_of_the_log_is_guarded(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'audit_entry'::regclass"
        )
        tables = [name for (name,) in cursor] + TABLES
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE tgenabled = 'O'"
        )
        guards = {}
        for table, name in cursor:
            guards.setdefault(table, set()).add(name)
    assert len(tables) > 13
    for table in tables:
        assert {"audit_append_only", "audit_no_truncate"} <= guards[table], table


def test_a_role_without_ownership_can_only_read_and_add(log):
    """As the web process's role, which is granted INSERT and SELECT."""
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS audit_test_web")
        cursor.execute("CREATE ROLE audit_test_web")
        cursor.execute("GRANT INSERT, SELECT ON audit_entry TO audit_test_web")
        cursor.execute("GRANT SELECT ON audit_seal TO audit_test_web")
        cursor.execute("GRANT USAGE ON SEQUENCE audit_entry_id_seq TO audit_test_web")
        cursor.execute(
            "GRANT EXECUTE ON FUNCTION audit_make_coming_months TO audit_test_web"
        )
    links = Seal.objects.count()
    try:
        for sql in (
            "UPDATE audit_entry SET verb = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "DROP TABLE audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "ALTER TABLE audit_entry DETACH PARTITION audit_entry_default",
            f"DROP TABLE {partition()}",
            f"INSERT INTO {partition()} (verb) VALUES ('x')",  # noqa: S608
            "DROP TRIGGER audit_append_only ON audit_entry",
            "INSERT INTO audit_seal VALUES (99, now(), '{1}', '', '')",
            "INSERT INTO audit_waiting (entries, digests) VALUES ('{1}', '')",
            "SET session_replication_role = replica",
            "SELECT audit_guard('audit_entry')",
            "SELECT audit_make_month(current_date)",
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE sql"
            " AS 'SELECT NULL'",
        ):
            with pytest.raises(DatabaseError):
                attempt(f"SET LOCAL ROLE audit_test_web; {sql}")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE audit_test_web")
            cursor.execute("INSERT INTO audit_entry (verb) VALUES ('test.web')")
            cursor.execute("SELECT audit_make_coming_months()")
        assert Seal.objects.count() == links + 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP OWNED BY audit_test_web")
            cursor.execute("DROP ROLE audit_test_web")
