"""What each program may do in the database, asked in plain SQL as its role."""

from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from psycopg.errors import InsufficientPrivilege

from accounts.models import User
from accounts.users.models import Role
from accounts.users.services import assign_role
from audit.models import Entry
from audit.seals.services import make_coming_months
from audit.services import record
from portal.grants import ABOUT_EDITORS, ABOUT_EVERYBODY, TABLES
from portal.management.commands.grant_roles import tables
from portal.schedules import SCHEDULES
from portal.settings.environment import ROLES
from tests.cms import as_role
from tests.factories.booking import AppointmentFactory
from tests.factories.pages import standard_page
from tests.factories.records import DocumentFactory

WEB, CMS = ROLES["site"], ROLES["cms"]
CARE = {"audit", "notifications", "booking", "records", "billing"}
# Of the app `accounts` the CMS reaches its own sessions and the way in, and no other.
DOORS = {"accounts_ticket", "accounts_cmssession"}
MEMBERSHIPS = {"accounts_user_groups", "accounts_user_user_permissions"}


def ask(role, statement, *parameters):
    """Rows of one statement as `role`; what it changes is undone."""
    connection.ensure_connection()
    raw = connection.connection
    with raw.transaction(force_rollback=True), as_role(role):
        cursor = raw.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def is_refused(role, statement):
    with pytest.raises(InsufficientPrivilege):
        ask(role, statement)
    return True


def test_every_table_is_decided(db):
    call_command("createcachetable", "cache")
    assert set(tables()) == set(TABLES)


def test_a_new_table_is_nobodys_until_it_is_decided(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE newcomer (id int)")
    assert "newcomer" in set(tables()) - set(TABLES)
    call_command("grant_roles")
    for role in (WEB, CMS):
        assert is_refused(role, "SELECT * FROM newcomer")


def test_the_programs_own_nothing_and_are_nobody_special(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, "
            "rolreplication FROM pg_roles WHERE rolname IN (%s, %s)",
            [WEB, CMS],
        )
        assert cursor.fetchall() == [(False,) * 5] * 2
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner "
            "WHERE rolname IN (%s, %s)",
            [WEB, CMS],
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member "
            "WHERE rolname IN (%s, %s)",
            [WEB, CMS],
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("role", [WEB, CMS])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE audit_entry",
        "ALTER TABLE audit_entry ADD COLUMN x int",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "ALTER TABLE audit_entry DISABLE RULE x",
        "CREATE TRIGGER x BEFORE INSERT ON audit_entry EXECUTE FUNCTION"
        " suppress_redundant_updates_trigger()",
        "SET session_replication_role = replica",
    ],
)
def test_no_program_changes_what_was_logged(admin, role, statement):
    record(actor=admin, verb="test.acted", subject=admin)
    assert is_refused(role, statement)
    assert Entry.objects.filter(verb="test.acted").exists()


def test_the_site_adds_to_the_log_and_reads_it(admin):
    record(actor=admin, verb="test.acted", subject=admin)
    assert ask(WEB, "SELECT count(*) FROM audit_entry")[0][0] > 0
    added = ask(
        WEB,
        "INSERT INTO audit_entry (verb, subject_type, detail, request_id)"
        " VALUES ('test.more', '', '{}', '')",
    )
    assert added == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_entry (at, verb) VALUES ('2026-01-01', 'test.made_up')",
        "INSERT INTO audit_entry (at, verb) VALUES (now(), 'test.made_up')",
        # One number twice would break the chain for good.
        "INSERT INTO audit_entry (id, verb) VALUES (1, 'test.made_up')",
        "INSERT INTO audit_entry VALUES (1, now(), 1)",
        "SELECT setval('audit_entry_id_seq', 1)",
    ],
)
def test_nobody_makes_up_when_something_was_done_or_under_which_number(db, statement):
    assert is_refused(WEB, statement)


def test_what_the_site_may_say_in_the_log_is_all_but_its_number_and_time(db):
    columns = {field.column for field in Entry._meta.concrete_fields} - {"id", "at"}
    may = "SELECT has_column_privilege('audit_entry', %s, 'INSERT')"
    assert all(ask(WEB, may, name) == [(True,)] for name in columns)


@pytest.mark.parametrize("role", [WEB, CMS])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE x (id int)",
        "CREATE SCHEMA x",
        "CREATE TEMPORARY TABLE x (id int)",
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION pg_prewarm",
        "CREATE ROLE x",
        "DROP TABLE booking_appointment",
        "ALTER TABLE booking_appointment DROP COLUMN reason",
        "ALTER TABLE booking_appointment DISABLE TRIGGER ALL",
        "TRUNCATE clinic_pages_standardpage",
        "CREATE INDEX x ON clinic_pages_standardpage (introduction)",
        "COPY clinic_location TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE medconsult",
        "SELECT key FROM wagtailcore_apitoken",
    ],
)
def test_no_program_makes_or_breaks_a_table(db, role, statement):
    # What belongs to the database itself is not cloned with the template.
    call_command("grant_roles")
    if "SET ROLE" in statement:
        statement = f'SET ROLE "{connection.settings_dict["USER"]}"'
        with (
            psycopg.connect(**connection_of(role)) as link,
            pytest.raises(InsufficientPrivilege),
        ):
            link.execute(statement)
        return
    with pytest.raises(psycopg.Error) as refused:
        ask(role, statement)
    wanted = {InsufficientPrivilege.sqlstate, psycopg.errors.UndefinedColumn.sqlstate}
    assert refused.value.sqlstate in wanted


def connection_of(role):
    known = connection.get_connection_params()
    known = {k: v for k, v in known.items() if k in {"dbname", "host", "port"}}
    return {**known, "user": role}


def care_tables():
    models = [
        model
        for label in CARE
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    care = {model._meta.db_table for model in models}
    accounts = {
        model._meta.db_table
        for model in apps.get_app_config("accounts").get_models(
            include_auto_created=True
        )
    }
    return sorted(care | (accounts - DOORS - MEMBERSHIPS))


OTHERS = [
    "django_session",
    "audit_seal",
    "audit_waiting",
    "portal_tally",
    "account_emailaddress",
    "account_emailconfirmation",
    "django_q_ormq",
    "django_q_schedule",
    "django_q_task",
    "clinic_room",
]


def test_the_cms_has_no_grant_on_anything_of_care(ann):
    AppointmentFactory(patient=ann.patient, reason="Zebedee-Quatermain")
    DocumentFactory(patient=ann.patient)
    names = [*care_tables(), *OTHERS]
    assert len(names) > 25
    assert {"booking_appointment", "records_document", "accounts_patient"} <= set(names)
    for table in names:
        read, delete = f"SELECT 1 FROM public.{table}", f"DELETE FROM public.{table}"  # noqa: S608
        assert is_refused(CMS, read), table
        assert is_refused(CMS, delete), table
        assert is_refused(CMS, f"INSERT INTO public.{table} DEFAULT VALUES"), table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.column_privileges "
            "WHERE grantee IN (%s, 'PUBLIC') AND table_schema = 'public'",
            [CMS],
        )
        granted = {row[0] for row in cursor.fetchall()}
    assert granted & set(names) == set()
    # The question finds grants where there are some.
    assert "clinic_pages_standardpage" in granted


def test_the_cms_can_put_nothing_into_the_queue_or_the_cache(db):
    call_command("createcachetable", "cache")
    call_command("grant_roles")
    assert ask(WEB, "SELECT * FROM cache") == []
    for table in ("django_q_ormq", "django_q_schedule", "cache"):
        assert is_refused(CMS, f"INSERT INTO public.{table} DEFAULT VALUES")


def test_of_people_the_cms_sees_editors_only(ann, editor):
    ann.set_password("correct horse battery staple")
    ann.save()
    editor.set_password("correct horse battery staple")
    editor.save()
    seen = {
        row[0]: row[1:]
        for row in ask(
            CMS, "SELECT id, email, first_name, last_name, password FROM accounts_user"
        )
    }
    assert seen[ann.pk] == ("", "Somebody", "else", "!")
    assert seen[editor.pk] == (editor.email, "Edda", editor.last_name, "!")


def test_a_column_that_is_added_to_people_is_shown_to_nobody():
    shown = ABOUT_EVERYBODY | set(ABOUT_EDITORS)
    columns = {field.column for field in User._meta.concrete_fields}
    assert shown <= columns
    assert {"password", "last_login"} & shown == set()


def test_of_roles_the_cms_sees_those_that_open_it(editor):
    assign_role(actor=None, user=editor, role=Role.DOCTOR)
    roles = ask(CMS, "SELECT role FROM accounts_roleassignment")
    assert roles == [(Role.PUBLISHER,)]


def test_the_cms_changes_of_facts_what_pages_push_down(db):
    standard_page()
    for column in ("page_path", "photo_url", "topics"):
        ask(CMS, f"UPDATE clinic_doctor SET {column} = {column}")  # noqa: S608
    for column in ("first_name", "user_id", "registration_number", "left_date"):
        change = f"UPDATE clinic_doctor SET {column} = {column}"  # noqa: S608
        assert is_refused(CMS, change)
    assert is_refused(CMS, "UPDATE clinic_clinicidentity SET currency = 'USD'")
    assert is_refused(CMS, "DELETE FROM clinic_location")
    assert is_refused(CMS, "UPDATE public.accounts_user SET is_superuser = true")
    assert is_refused(CMS, "UPDATE wagtailcore_grouppagepermission SET group_id = 1")
    assert is_refused(CMS, "INSERT INTO auth_group (name) VALUES ('x')")
    assert is_refused(CMS, "INSERT INTO accounts_user_groups DEFAULT VALUES")


def test_a_job_makes_the_coming_months_partitions_as_a_guest_and_no_others(db):
    last = timezone.now().date().replace(day=1) + timedelta(days=366)
    name = f"audit_entry_{last:%Y_%m}"
    make_coming_months()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {name}")
    assert ask(WEB, "SELECT audit_make_coming_months()") == [(name,)]
    assert is_refused(WEB, "SELECT audit_make_month(current_date)")
    assert is_refused(WEB, "SELECT audit_make_month('2018-03-01')")
    assert is_refused(CMS, "SELECT audit_make_coming_months()")
    assert is_refused(CMS, "SELECT FROM audit_entry_default")


@pytest.mark.parametrize("job", sorted({path for path, _ in SCHEDULES.values()}))
def test_every_recurring_job_may_what_it_does(db, job):
    """The worker is a guest too: what it lacks would fail at night."""
    connection.ensure_connection()
    with as_role(WEB):
        import_string(job)()


def test_roles_must_differ_from_the_owner(db, monkeypatch):
    monkeypatch.setenv("CMS_DATABASE_URL", "postgres://medconsult_web@/x")
    with pytest.raises(CommandError, match="three different roles"):
        call_command("grant_roles")


def test_waiting_ends_for_programs_and_migrations():
    assert "lock_timeout=10s" in settings.DATABASES["default"]["OPTIONS"]["options"]
