"""The file that a backup is.

One line of JSON names the key, and holds the file's own data key wrapped by it. What
follows is a tar in sealed pieces (foundation.encryption.streams), so that nothing in it
can be read, changed, left out or cut off unseen. Its last member is the manifest.
"""

import base64
import binascii
import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from foundation.encryption.keyring import (
    KEY_BYTES,
    Keyring,
    Unopened,
    read_keys,
)
from foundation.encryption.streams import PIECE, OpenedStream, sealed_pieces
from portal.backups import BackupRefused

MARK = "medconsult_backup"
FORMAT = 1
MANIFEST = "manifest.json"
# A head is far shorter; this bounds what is read of a file that is no backup.
LONGEST_HEAD = 4096
BLOCK = 512

NO_KEY = (
    "BACKUP_KEY is not set. `manage.py make_key backup` prints one; keep a copy of it "
    "where neither the backups nor the clinic's machine are."
)
NOT_OWN = (
    "BACKUP_KEY also stands in ENCRYPTION_KEYS. It must be a key of its own: whoever "
    "looks after backups need not be able to open records."
)
NO_BACKUP = "This file is not a backup that this version can read."
BROKEN = (
    "This backup was changed or cut short: it does not open as a whole. Nothing of it "
    "can be relied on. Take another copy."
)


@dataclass(frozen=True)
class Member:
    """One file in the archive. `chunks` gives exactly `size` bytes."""

    name: str
    size: int
    chunks: Iterable[bytes]


@dataclass
class Section:
    """What was packed under one folder: how much, and one digest over all of it."""

    members: int = 0
    size: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def begin(self, name: str, size: int) -> None:
        """Names and sizes are digested too, so bytes can't wander between members."""
        self.members += 1
        self.size += size
        self._digest.update(f"{name}\0{size}\0".encode())

    def add(self, chunk: bytes) -> None:
        self._digest.update(chunk)

    def summary(self) -> dict[str, Any]:
        return {
            "members": self.members,
            "bytes": self.size,
            "sha256": self._digest.hexdigest(),
        }


def counted(members: Iterable[Member], section: Section) -> Iterator[Member]:
    """The same members, digested into `section` while they pass.

    Raises BackupRefused where one gives more or less than its size.
    """
    for member in members:
        section.begin(member.name, member.size)
        yield Member(member.name, member.size, _passing(member, section))


def _passing(member: Member, section: Section) -> Iterator[bytes]:
    left = member.size
    for chunk in member.chunks:
        left -= len(chunk)
        section.add(chunk)
        yield chunk
    if left:
        raise BackupRefused(f"{member.name} changed while it was read. Try again.")


def write_archive(out: BinaryIO, members: Iterable[Member]) -> None:
    """Seal the members into `out`, in constant memory."""
    ring = backup_keyring()
    data_key = os.urandom(KEY_BYTES)
    wrapped = ring.wrap(data_key, _context(ring.active))
    head = {
        MARK: FORMAT,
        "key": ring.active,
        "wrapped": base64.b64encode(wrapped).decode(),
    }
    out.write(json.dumps(head).encode() + b"\n")
    # Closed at once where writing fails, which ends what the members come from.
    with contextlib.closing(sealed_pieces(_tar(members), data_key)) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            out.write(piece)


def _tar(members: Iterable[Member]) -> Iterator[bytes]:
    for member in members:
        info = tarfile.TarInfo(member.name)
        info.size, info.mode = member.size, 0o600
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from member.chunks
        yield b"\0" * (-member.size % BLOCK)
    yield b"\0" * 2 * BLOCK


def read_archive(path: Path) -> Iterator[Member]:
    """The members in their order. Each must be read before the next is asked for.

    Raises BackupRefused where the key is another or the file is no backup. Read it
    `unbroken()`, to have the rest refused as well.
    """
    with path.open("rb") as file:
        data_key, begin = _read_head(file)
        sealed: Any = _From(file, begin)
        opened = OpenedStream(sealed, path.stat().st_size - begin, data_key)
        stream: Any = io.BufferedReader(opened, PIECE)
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is not None:
                    yield Member(info.name, info.size, _chunks(content))
        # Only the last piece says that it is the last.
        while stream.read(PIECE):
            pass


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Turn what is raised by reading a broken archive into a sentence."""
    try:
        yield
    except (Unopened, tarfile.TarError, EOFError) as error:
        raise BackupRefused(BROKEN) from error


def read_whole(path: Path) -> dict[str, Any]:
    """The manifest, after every byte of the archive was opened and digested.

    Raises BackupRefused for anything but a whole backup that our key opens.
    """
    sections: dict[str, Section] = {}
    manifest: dict[str, Any] | None = None
    with unbroken():
        for member in read_archive(path):
            if member.name == MANIFEST:
                manifest = json.loads(b"".join(member.chunks))
                continue
            section = sections.setdefault(member.name.partition("/")[0], Section())
            section.begin(member.name, member.size)
            for chunk in member.chunks:
                section.add(chunk)
    found = {name: section.summary() for name, section in sections.items()}
    if manifest is None or manifest["sections"] != found:
        raise BackupRefused(BROKEN)
    return manifest


def backup_keyring() -> Keyring:
    """The keys of backups: the first seals, the others open older ones.

    Raises BackupRefused where there is none or it is one that seals records.
    """
    if not settings.BACKUP_KEY:
        raise BackupRefused(NO_KEY)
    keys = read_keys(settings.BACKUP_KEY, "BACKUP_KEY")
    if set(keys.values()) & set(read_keys(settings.ENCRYPTION_KEYS).values()):
        raise BackupRefused(NOT_OWN)
    # Nothing in a backup is looked for by a blind index.
    return Keyring(keys, b"")


def _read_head(file: BinaryIO) -> tuple[bytes, int]:
    line = file.readline(LONGEST_HEAD)
    try:
        head = json.loads(line)
        name, known = str(head["key"]), head[MARK] == FORMAT
        wrapped = base64.b64decode(head["wrapped"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise BackupRefused(NO_BACKUP) from error
    if not known or not line.endswith(b"\n"):
        raise BackupRefused(NO_BACKUP)
    ring = backup_keyring()
    if name not in ring.ids:
        raise BackupRefused(
            f"This backup was sealed with the key {name!r}, which is not in BACKUP_KEY."
        )
    try:
        return ring.unwrap(name, wrapped, _context(name)), len(line)
    except Unopened as error:
        raise BackupRefused(
            f"The key {name!r} in BACKUP_KEY does not open this backup: it is another "
            "key of that name, or the head of the file was changed."
        ) from error


def _context(name: str) -> bytes:
    return f"{MARK} {FORMAT}:{name}".encode()


def _chunks(content: Any) -> Iterator[bytes]:
    while chunk := content.read(PIECE):
        yield chunk


class _From:
    """A file as it is from a place on, for the little that OpenedStream asks of it."""

    def __init__(self, file: BinaryIO, begin: int) -> None:
        self._file, self._begin = file, begin

    def seek(self, offset: int) -> int:
        return self._file.seek(self._begin + offset) - self._begin

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self._file.close()
