"""`manage.py restore`: a backup into an empty clinic, whole or not at all."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command

from accounts.tokens.services import end_every_authorisation
from audit.entries.models import Action, Category
from audit.entries.services import record
from audit.seals.models import Seal
from portal.backups import BackupRefused, database, files
from portal.backups.archive import (
    MANIFEST,
    Member,
    read_archive,
    read_whole,
    unbroken,
)
from portal.backups.facts import is_empty, refuse_other_keys, refuse_other_version

NOT_EMPTY = (
    "The database is not empty. A backup is restored into an empty one only, so that "
    "nothing is overwritten: make a new database and name it in DATABASE_URL."
)


def restore_backup(*, path: Path) -> dict[str, Any]:
    """Fill an empty clinic from the backup; gives its manifest, for `checking.check`.

    The whole file is opened before anything is written. The database is restored
    whole or not at all, and granted to its roles; apps and machines are let in anew.
    Raises BackupRefused.
    """
    # The cheapest question first: reading a large archive takes its time.
    refuse_target()
    manifest = read_whole(path)
    refuse_other_version(manifest)
    refuse_other_keys(manifest)
    with unbroken():
        members = read_archive(path)
        first, rest = _database(members)
        database.restore(first)
        for member in rest:
            if member.name != MANIFEST:
                files.unpack(member)
    end_every_authorisation()
    call_command("grant_roles")
    return manifest


def refuse_target() -> None:
    """Raises BackupRefused unless there is room: an empty database, no files."""
    if not is_empty():
        raise BackupRefused(NOT_EMPTY)
    for folder in (files.CLINICAL, files.MEDIA):
        if not files.is_empty(folder):
            raise BackupRefused(
                f"There are {folder} files already. Move them away first: a backup is "
                "restored into an empty clinic only."
            )


def log_restored(*, path: Path, manifest: dict[str, Any]) -> None:
    """The first entry after those of the backup: that time went back."""
    head = manifest["head"] or {"position": 0}
    record(
        actor=None,
        verb="backup.restored",
        subject=Seal(position=head["position"]),
        action=Action.CHANGE,
        category=Category.ACCESS_LOG,
        detail={"name": path.name, "made_at": manifest["made_at"]},
    )


def _database(members: Iterator[Member]) -> tuple[Iterator[bytes], Iterator[Member]]:
    """The dump's bytes, and the members after them, which can be had after those."""
    after: list[Member] = []

    def dump() -> Iterator[bytes]:
        for member in members:
            if not member.name.startswith(f"{database.FOLDER}/"):
                after.append(member)
                return
            yield from member.chunks

    def others() -> Iterator[Member]:
        yield from itertools.chain(after, members)

    return dump(), others()
