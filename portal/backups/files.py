"""What lies in the storages: patients' files as sealed as they lie, with their keys
beside them, and editors' files."""

import posixpath
from collections.abc import Iterator
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from foundation.encryption.storage import EncryptedStorage
from foundation.encryption.streams import PIECE
from portal.backups import BackupRefused
from portal.backups.archive import Member

CLINICAL, MEDIA = "clinical", "media"


def storage_of(folder: str) -> Storage:
    """The storage whose files stand under `folder` in an archive. That of patients'
    files is the one behind the seals."""
    storage = storages["default" if folder == MEDIA else "clinical"]
    return storage.inner if isinstance(storage, EncryptedStorage) else storage


def pack(folder: str) -> Iterator[Member]:
    """Every file of the storage, also those that come while it is read.

    Keys move to other names while they are rotated: it looks again until a look finds
    nothing new. What went meanwhile is left out.
    """
    storage = storage_of(folder)
    packed: set[str] = set()
    while new := [name for name in names(storage) if name not in packed]:
        for name in new:
            packed.add(name)
            try:
                file = storage.open(name, "rb")
            except FileNotFoundError:
                continue
            with file:
                size = int(file.size)
                yield Member(f"{folder}/{name}", size, _first(file, size))


def unpack(member: Member) -> None:
    """Put a file back under its name. Raises BackupRefused where one stands there."""
    folder, _, name = member.name.partition("/")
    if storage_of(folder).save(name, _Content(member)) != name:
        raise BackupRefused(f"A file stands there already: {member.name}.")


def is_empty(folder: str) -> bool:
    return next(names(storage_of(folder)), None) is None


def names(storage: Storage, path: str = "") -> Iterator[str]:
    """Every name in the storage, folder by folder."""
    try:
        folders, files = storage.listdir(path)
    except FileNotFoundError:
        return
    for file in sorted(files):
        yield posixpath.join(path, file)
    for folder in sorted(folders):
        yield from names(storage, posixpath.join(path, folder))


def _first(file: Any, size: int) -> Iterator[bytes]:
    """The first `size` bytes: a file that is being added may have grown."""
    while size:
        chunk = file.read(min(PIECE, size))
        if not chunk:
            return
        size -= len(chunk)
        yield chunk


class _Content(File):
    """What a storage is given to keep; read once."""

    def __init__(self, member: Member) -> None:
        super().__init__(None, member.name)
        self._left = iter(member.chunks)
        self._rest = b""
        self.size = member.size

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self._left

    def read(self, size: int = -1) -> bytes:
        """For buckets, which ask for parts of their own size."""
        while size < 0 or len(self._rest) < size:
            chunk = next(self._left, b"")
            if not chunk:
                break
            self._rest += chunk
        wanted = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:wanted], self._rest[wanted:]
        return part
