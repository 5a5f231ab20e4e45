"""`manage.py backup`: one sealed file of everything, and older ones taken away."""

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from audit.entries.models import Action, Category
from audit.entries.services import record
from audit.seals.models import Seal
from portal.backups import BackupRefused, database, files
from portal.backups.archive import (
    MANIFEST,
    Member,
    Section,
    backup_keyring,
    counted,
    write_archive,
)
from portal.backups.facts import facts, surroundings

NAME = "medconsult-{:%Y%m%dT%H%M%SZ}.backup"
OURS = re.compile(r"medconsult-\d{8}T\d{6}Z\.backup")
HALF = ".half"


@dataclass(frozen=True)
class Made:
    """The backup, what is in it, and which older ones were taken away for it."""

    path: Path
    manifest: dict[str, Any]
    removed: list[Path]


def make_backup(*, folder: Path, keep: int | None, at: datetime) -> Made:
    """Write a backup into `folder`; with `keep`, leave that many, the newest.

    The database first, as of one moment, then the files: a file without a row is
    harmless, a row without its file is not. A file under its final name is whole.
    Older ones are taken away only after that. Raises BackupRefused; OSError where the
    folder can't be written.
    """
    backup_keyring()
    if keep is not None and keep < 1:
        raise BackupRefused("At least one backup must be kept.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        path = folder / NAME.format(at.astimezone(UTC))
        manifest = _write(path, at)
        removed = _rotate(folder, keep) if keep else []
    _log(path, manifest)
    return Made(path, manifest, removed)


def _write(path: Path, at: datetime) -> dict[str, Any]:
    if path.exists():
        raise BackupRefused(f"{path} is there already.")
    half = path.with_name(path.name + HALF)
    manifest: dict[str, Any] = {"made_at": at.astimezone(UTC).isoformat()}
    try:
        with os.fdopen(
            os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
        ) as out:
            write_archive(out, _members(manifest))
            out.flush()
            os.fsync(out.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    _sync(path.parent)
    return manifest


def _members(manifest: dict[str, Any]) -> Iterator[Member]:
    """Everything, and the manifest, which is complete only then."""
    sections: dict[str, Section] = {}
    manifest |= surroundings()
    with _one_moment() as snapshot:
        manifest |= facts()
        sections[database.FOLDER] = section = Section()
        yield from counted(database.dump(snapshot), section)
    for folder in (files.CLINICAL, files.MEDIA):
        section = Section()
        yield from counted(files.pack(folder), section)
        if section.members:
            sections[folder] = section
    manifest["sections"] = {name: one.summary() for name, one in sections.items()}
    content = json.dumps(manifest, indent=1).encode()
    yield Member(MANIFEST, len(content), [content])


@contextlib.contextmanager
def _one_moment() -> Iterator[str]:
    """A snapshot that pg_dump and our own questions share, so that they agree."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second backup out of the folder; clear up after one that was killed."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused("Another backup is being made there.") from error
        for left in folder.glob(f"*{HALF}"):
            left.unlink()
        yield


def _rotate(folder: Path, keep: int) -> list[Path]:
    """Their names tell their time, so the order of names is that of time."""
    ours = sorted(one for one in folder.iterdir() if OURS.fullmatch(one.name))
    old = ours[:-keep]
    for one in old:
        one.unlink()
    return old


def _sync(folder: Path) -> None:
    """So that the name, too, outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _log(path: Path, manifest: dict[str, Any]) -> None:
    """A copy of everything left the database: the access log says so."""
    head = manifest["head"] or {"position": 0}
    record(
        actor=None,
        verb="backup.made",
        subject=Seal(position=head["position"]),
        action=Action.EXPORT,
        category=Category.ACCESS_LOG,
        detail={"name": path.name, "bytes": path.stat().st_size},
    )
