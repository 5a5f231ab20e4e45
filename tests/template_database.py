"""One migrated database, cloned for every test process.

Migrating takes half a minute, cloning less than a second. The template's name carries a
fingerprint of what it was made from: it is made anew when that changes, else kept.
Where DATABASE_URL is not set, the embedded test server is started for the run.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from portal import postgres
from portal.postgres import TESTS
from portal.postgres.server import Server

ROOT = Path(__file__).resolve().parent.parent
# Any number: one process at a time looks for the template and makes it.
LOCK = 7_316_004


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Start the server if it is ours, and have Django clone our template."""
    server = None if settings.DATABASE_URL else Server(TESTS)
    if server is not None:
        server.hold()
    connection.settings_dict["TEST"]["TEMPLATE"] = ensure_template()
    yield
    connection.close()
    if server is not None:
        server.release()


def ensure_template() -> str:
    """The name of a database with every migration applied; made if need be."""
    own = str(settings.DATABASES["default"]["NAME"])
    migrated = f"{own}_template_{fingerprint()}"
    name = f"{migrated}_{grants_fingerprint()}"
    with maintenance() as cursor:
        existing = {row[0] for row in cursor.execute("select datname from pg_database")}
        if name in existing:
            return name
        half = f"{own}_template_half"
        for old in existing:
            if old.startswith(f"{migrated}_"):
                rename(cursor, old, half)
            elif old.startswith(f"{own}_template_"):
                drop(cursor, old)
        # Where only the grants are others, they are given anew, which takes seconds.
        if not any(old.startswith(f"{migrated}_") for old in existing):
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(half)))
            manage(half, "migrate", "--verbosity=0", "--skip-checks")
        manage(half, "grant_roles")
        rename(cursor, half, name)
    return name


def rename(cursor: psycopg.Cursor, old: str, new: str) -> None:
    statement = sql.SQL("alter database {} rename to {}")
    cursor.execute(statement.format(sql.Identifier(old), sql.Identifier(new)))


def drop(cursor: psycopg.Cursor, name: str) -> None:
    statement = sql.SQL("drop database if exists {} with (force)")
    cursor.execute(statement.format(sql.Identifier(name)))


@contextmanager
def maintenance() -> Iterator[psycopg.Cursor]:
    """A cursor on the server's own database, alone with our lock."""
    with psycopg.connect(url("postgres"), autocommit=True) as link:
        cursor = link.cursor()
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        yield cursor


def manage(name: str, *command: str) -> None:
    """Run one of Django's commands on the database `name`, in a process of its own."""
    # A program's entry that was imported here has named itself: it is a guest in the
    # database, and these commands own it.
    environment = {"DJANGO_SETTINGS_MODULE": "portal.settings.test", "PROGRAM": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=os.environ | environment | {"DATABASE_URL": url(name)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{command[0]} fails:\n{done.stderr}", pytrace=False)


def url(name: str) -> str:
    """The address of another database on the server that tests use."""
    ours = settings.DATABASE_URL or postgres.url(TESTS)
    return urlsplit(ours)._replace(path=f"/{name}").geturl()


def fingerprint() -> str:
    """Changes when a migration, an installed app or a package changes, and each month:
    migrating makes the access log's tables for the months that come."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    digest.update(f"{datetime.now(UTC):%Y-%m}".encode())
    digest.update(" ".join(settings.INSTALLED_APPS).encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def grants_fingerprint() -> str:
    """Changes when what the database's roles may do changes."""
    paths = ["portal/grants.py", "portal/management/commands/grant_roles.py"]
    content = [(ROOT / path).read_bytes() for path in paths]
    return hashlib.sha256(b"".join(content)).hexdigest()[:8]


if __name__ == "__main__":
    # Before the tests, beside the checks.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    django.setup()
    ensure_template()
