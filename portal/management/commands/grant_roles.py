"""`manage.py grant_roles`: the database's roles, and what each may do. Run it after
`migrate`; running it again changes nothing."""

import time
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.utils import (
    DatabaseError,
    IntegrityError,
    InternalError,
    OperationalError,
)
from psycopg import sql

from accounts.users.models import CMS_ROLES, User
from portal.grants import ABOUT_EDITORS, ABOUT_EVERYBODY, ABOUT_NOBODY, TABLES
from portal.settings.environment import ROLES, role_url

TRIES = 5
# What both roles begin with, whoever gave them what before.
CLEARED = [
    "REVOKE CREATE, TEMPORARY ON DATABASE {db} FROM PUBLIC",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {both}",
    "GRANT USAGE ON SCHEMA public TO {both}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {both}",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {both}",
    "DROP SCHEMA IF EXISTS cms CASCADE",
    "CREATE SCHEMA cms",
]
PEOPLE = """
CREATE VIEW cms.accounts_user WITH (security_barrier) AS
SELECT {columns} FROM public.accounts_user u CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT 1 FROM public.accounts_roleassignment r
        WHERE r.user_id = u.id AND r.role = ANY ({{cms_roles}})
    ) AS yes
) e
"""
FINISHED = [
    # The job that makes the coming months is not the owner, and chooses none.
    "REVOKE ALL ON FUNCTION audit_make_month(date) FROM PUBLIC, {both}",
    "REVOKE ALL ON FUNCTION audit_make_coming_months() FROM PUBLIC, {both}",
    "GRANT EXECUTE ON FUNCTION audit_make_coming_months() TO {web}",
    # And looks whether entries lie in none: what it may read by the log itself.
    "GRANT SELECT ON audit_entry_default TO {web}",
    # That somebody is also a doctor, or a patient, is none of the CMS's business.
    "CREATE VIEW cms.accounts_roleassignment WITH (security_barrier) AS "
    "SELECT * FROM public.accounts_roleassignment WHERE role = ANY ({cms_roles})",
    "GRANT USAGE ON SCHEMA cms TO {cms}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA cms TO {cms}",
]


class Command(BaseCommand):
    help = "Make the database's roles and grant each what portal.grants says."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        owner = settings.DATABASE_URL or _own_url()
        roles = {name: _name_and_secret(role_url(owner, name)) for name in ROLES}
        web, cms = roles["site"], roles["cms"]
        names = {web[0], cms[0]}
        if len(names) < 2 or connection.settings_dict["USER"] in names:
            raise CommandError(
                "WEB_DATABASE_URL, CMS_DATABASE_URL and DATABASE_URL must name three "
                "different roles."
            )
        # Roles belong to the server: another database's command may change them now.
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    _make_role(*web)
                    _make_role(*cms)
                    grant(web[0], cms[0])
                return
            except (InternalError, IntegrityError, OperationalError):
                if not left:
                    raise
                time.sleep(0.2)
            except DatabaseError as error:
                raise CommandError(f"The roles could not be made: {error}") from error


def _own_url() -> str:
    """The embedded server's address, as the settings have it."""
    known = connection.settings_dict
    return f"postgres://{known['USER']}@/{known['NAME']}"


def _name_and_secret(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _make_role(name: str, secret: str) -> None:
    """Make a role that may sign in and no more, with its password if it has one."""
    role = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
                    "NOREPLICATION NOBYPASSRLS"
                ).format(role)
            )
        if secret:
            # Hashed here, so that the server's log never sees it.
            raw: Any = connection.connection
            kept = raw.pgconn.encrypt_password(secret.encode(), name.encode())
            cursor.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    role, sql.Literal(kept.decode())
                )
            )


def grant(web: str, cms: str) -> None:
    """Take everything from both roles and give each what the table says, at once.

    Raises CommandError, naming it, for a table of the list that does not exist.
    """
    missing = set(TABLES) - set(tables())
    # The cache is a table only where it is none of Redis's.
    if missing - {"cache"}:
        raise CommandError(f"There is no table {', '.join(sorted(missing))}.")
    names = {
        "web": sql.Identifier(web),
        "cms": sql.Identifier(cms),
        "both": sql.SQL(", ").join([sql.Identifier(web), sql.Identifier(cms)]),
        "db": sql.Identifier(str(connection.settings_dict["NAME"])),
        "cms_roles": sql.Literal(sorted(str(role) for role in CMS_ROLES)),
    }
    with connection.cursor() as cursor:

        def run(text: str, **more: sql.Composable) -> None:
            cursor.execute(sql.SQL(text).format(**names, **more))

        for text in CLEARED:
            run(text)
        _grant_tables(run, cursor, sorted(set(TABLES) - missing))
        run(PEOPLE.format(columns=", ".join(map(_shown, User._meta.concrete_fields))))
        for text in FINISHED:
            run(text)


def _grant_tables(run: Any, cursor: Any, names: list[str]) -> None:
    for table in names:
        for role, rights in zip(("web", "cms"), TABLES[table], strict=True):
            if rights:
                grants = f"GRANT {rights} ON {{thing}} TO {{{role}}}"
                run(grants, thing=sql.Identifier("public", table))
            if "INSERT" in rights:
                _grant_numbers(run, cursor, table, role)


def _shown(field: Any) -> str:
    """How the view that stands in for the table of users shows one of its columns."""
    name = str(field.column)
    if name in ABOUT_EVERYBODY:
        return f"u.{name}"
    if name in ABOUT_EDITORS:
        return f"CASE WHEN e.yes THEN u.{name} ELSE {ABOUT_EDITORS[name]} END AS {name}"
    # Never true: it lends the column its type.
    empty = ABOUT_NOBODY.get(name, "NULL")
    return f"CASE WHEN false THEN u.{name} ELSE {empty} END AS {name}"


def tables() -> list[str]:
    """Every table that must be decided. Partitions are reached by their parent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition"
        )
        return [row[0] for row in cursor.fetchall()]


def _grant_numbers(run: Any, cursor: Any, table: str, role: str) -> None:
    """Let `role` use the sequences that number the table's rows."""
    cursor.execute(
        "SELECT n.nspname, s.relname FROM pg_depend d "
        "JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
        "JOIN pg_namespace n ON n.oid = s.relnamespace "
        "WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') "
        "AND d.refobjid = ('public.' || quote_ident(%s))::regclass",
        [table],
    )
    for sequence in cursor.fetchall():
        grants = f"GRANT USAGE ON SEQUENCE {{thing}} TO {{{role}}}"
        run(grants, thing=sql.Identifier(*sequence))
