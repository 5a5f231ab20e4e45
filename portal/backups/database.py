"""pg_dump and pg_restore, spoken to through pipes: nothing plain touches the disk."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.db import connection

from portal.backups import BackupRefused
from portal.backups.archive import Member
from portal.postgres import PostgresError, packaged_programs

FOLDER = "database"
# A member's size stands before it, and nobody knows a dump's: it comes in parts.
PART = 4 * 1024 * 1024
# Made anew by `grant_roles`.
DERIVED_SCHEMA = "cms"
# Kept empty. Sessions, tickets, tokens and remembered browsers would open what was
# closed since, and whoever gets hold of a backup must not get in either.
NOT_KEPT = (
    "accounts_accesstoken", "accounts_cmssession", "accounts_refreshtoken",
    "accounts_remembereddevice", "accounts_session", "accounts_ticket", "cache",
    "django_session",
)  # fmt: skip
# Names of this session that the programs must not get: they choose their own.
OURS_ALONE = {"PGOPTIONS", "PGAPPNAME", "PGCLIENTENCODING"}


def dump(snapshot: str) -> Iterator[Member]:
    """The database as the exported `snapshot` sees it, in parts.

    Compressed by pg_dump itself. Raises BackupRefused.
    """
    leaving = [f"--exclude-table-data=public.{name}" for name in NOT_KEPT]
    command = [
        str(program("pg_dump")),
        *("--format=custom", f"--snapshot={snapshot}", "--no-password"),
        *("--no-owner", "--no-privileges", f"--exclude-schema={DERIVED_SCHEMA}"),
        *leaving,
    ]
    with tempfile.TemporaryFile() as words:
        running = subprocess.Popen(
            command, env=_environment(), stdout=subprocess.PIPE, stderr=words
        )
        try:
            for number, part in enumerate(_parts(running.stdout)):
                yield Member(f"{FOLDER}/{number:06}", len(part), [part])
            if running.wait():
                raise BackupRefused(f"The dump failed: {_last(words)}")
        finally:
            _end(running)


def restore(chunks: Iterable[bytes]) -> None:
    """Fill the database from a dump, whole or not at all. Raises BackupRefused."""
    command = [
        str(program("pg_restore")),
        *("--exit-on-error", "--single-transaction", "--no-password"),
        *("--no-owner", "--no-privileges"),
        f"--dbname={connection.settings_dict['NAME']}",
    ]
    with tempfile.TemporaryFile() as words:
        running = subprocess.Popen(
            command,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words,
        )
        try:
            _feed(running, chunks)
            if running.wait():
                raise BackupRefused(f"The database was not restored: {_last(words)}")
        finally:
            # Killed before it commits, it leaves the database as it was.
            _end(running)


def program(name: str) -> Path:
    """A PostgreSQL program that is not older than the server: of the PATH, else the
    embedded one's. Raises BackupRefused where there is none."""
    wanted = server_major()
    for path in _candidates(name):
        if _major(path) >= wanted:
            return path
    raise BackupRefused(
        f"{name} of PostgreSQL {wanted} or newer is not here. Install the package "
        f"postgresql-client-{wanted}, or put its folder on the PATH."
    )


def server_major() -> int:
    connection.ensure_connection()
    raw: Any = connection.connection
    return int(raw.info.server_version) // 10_000


def _candidates(name: str) -> Iterator[Path]:
    found = shutil.which(name)
    if found:
        yield Path(found)
    try:
        packaged = packaged_programs() / "bin" / name
    except PostgresError:
        return
    if packaged.is_file():
        yield packaged


def _major(path: Path) -> int:
    asked = subprocess.run(
        [str(path), "--version"], capture_output=True, text=True, check=False
    )
    found = re.search(r"\) (\d+)", asked.stdout)
    return int(found[1]) if found else 0


def _environment() -> dict[str, str]:
    """How we reach the database, as libpq's own variables: a password in arguments
    would stand in every list of processes."""
    connection.ensure_connection()
    raw: Any = connection.connection
    ours = {
        option.envvar.decode(): option.val.decode()
        for option in raw.pgconn.info
        if option.envvar and option.val
    }
    kept = {name: value for name, value in ours.items() if name not in OURS_ALONE}
    others = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return {**others, **kept, "LC_ALL": "C"}


def _parts(pipe: IO[bytes] | None) -> Iterator[bytes]:
    assert pipe is not None  # noqa: S101 it was asked for
    while part := pipe.read(PART):
        yield part


def _feed(running: "subprocess.Popen[bytes]", chunks: Iterable[bytes]) -> None:
    assert running.stdin is not None  # noqa: S101 it was asked for
    try:
        for chunk in chunks:
            running.stdin.write(chunk)
        running.stdin.close()
    except BrokenPipeError:
        # It ended early; its own words say why.
        return


def _end(running: "subprocess.Popen[bytes]") -> None:
    if running.poll() is None:
        running.kill()
        running.wait()
    if running.stdout is not None:
        running.stdout.close()


def _last(words: IO[bytes]) -> str:
    """The last line that the program wrote: names of tables, never rows."""
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it was ended."])[0]
