"""A storage that seals what it keeps, in front of any other: a disk, a bucket.

Every file has a key of its own, made when it is saved. That key, wrapped by the
keyring, lies beside the file under `<name>.<key id>.key`, bound to the file's name. To
change keys only these small files are written anew; the large ones stay as they are.
"""

import io
import os
import posixpath
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

from foundation.encryption.keyring import KEY_BYTES, Unopened, keyring
from foundation.encryption.streams import (
    PIECE,
    OpenedStream,
    SealedStream,
    plain_size,
)

_KEY_FILE = re.compile(r"(?P<name>.+)\.(?P<id>[a-z0-9-]{1,20})\.key")
# Key files move while keys rotate: look again before giving up.
_LOOKS = 3


class OpenedFile(File):
    """A plain file out of the storage, for reading."""

    def __init__(self, stream: OpenedStream, name: str) -> None:
        self.plain_size = stream.size
        super().__init__(io.BufferedReader(stream, PIECE), name)

    @property
    def size(self) -> int:
        return self.plain_size


@deconstructible
class EncryptedStorage(Storage):
    """`backend` is the dotted path of the storage behind it, `options` are its."""

    def __init__(self, backend: str, options: dict[str, Any] | None = None) -> None:
        self._backend, self._options = backend, options or {}

    @cached_property
    def inner(self) -> Storage:
        """The storage that sees sealed files only."""
        made: Storage = import_string(self._backend)(**self._options)
        return made

    # --- What Django asks of a storage -----------------------------------------

    def _open(self, name: str, mode: str = "rb") -> OpenedFile:
        if mode != "rb":
            raise ValueError("Sealed files are written whole: use save().")
        data_key = self._data_key(name)
        sealed: Any = self.inner.open(name, "rb")
        return OpenedFile(OpenedStream(sealed, _size_of(sealed), data_key), name)

    def _save(self, name: str, content: File) -> str:
        data_key = os.urandom(KEY_BYTES)
        content.open()
        stream = SealedStream(content.chunks(PIECE), data_key)
        saved = self.inner.save(name, _Sealed(stream, name))
        try:
            self._write_key(saved, data_key)
        except Exception:
            self.inner.delete(saved)
            raise
        return saved

    def delete(self, name: str) -> None:
        """The keys first: without them the rest is noise."""
        for key_name in self._key_files(name):
            self.inner.delete(key_name)
        self.inner.delete(name)

    def shred(self, name: str) -> None:
        """Delete a file for good: every version of its keys first, then of itself.

        On a disk the keys are written over before they go, which is all that a file
        system lets one do. A backup that was made before holds what it held, until it
        is old enough itself. May be cut off anywhere and run again.
        """
        if hasattr(self.inner, "bucket"):
            versions = list(self.inner.bucket.object_versions.filter(Prefix=name))
            keys = [one for one in versions if _is_key_of(name, one.object_key)]
            for version in [*keys, *(v for v in versions if v.object_key == name)]:
                version.delete()
        else:
            for key_name in self._key_files(name):
                _overwrite(Path(self.inner.path(key_name)))
        self.delete(name)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def size(self, name: str) -> int:
        """Bytes of the plain file."""
        return plain_size(self.inner.size(name))

    def url(self, name: str | None) -> str:
        raise ValueError("Clinical files have no address of their own.")

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = self.inner.listdir(path)
        return folders, [name for name in files if not _KEY_FILE.fullmatch(name)]

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return self.inner.get_available_name(name, max_length=max_length)

    def get_valid_name(self, name: str) -> str:
        return self.inner.get_valid_name(name)

    # --- Everything there is ---------------------------------------------------

    def held(self, path: str = "") -> Iterator[str]:
        """Every name below `path` under which there is a file, or a key without one."""
        try:
            folders, files = self.inner.listdir(path)
        except FileNotFoundError:
            return
        names = set()
        for file in files:
            found = _KEY_FILE.fullmatch(file)
            names.add(posixpath.join(path, found["name"] if found else file))
        yield from sorted(names)
        for folder in sorted(folders):
            yield from self.held(posixpath.join(path, folder))

    def written_at(self, name: str) -> datetime | None:
        """When the file was, or where there is none any more its key; None where
        neither is there."""
        for one in (name, *self._key_files(name)):
            if self.inner.exists(one):
                return self.inner.get_modified_time(one)
        return None

    # --- Keys ------------------------------------------------------------------

    def is_sealed(self, name: str) -> bool:
        """Whether the file has a key, so is not plain."""
        return bool(self._key_files(name))

    def stale(self, path: str = "") -> Iterator[str]:
        """Names of files that still have a key under another id than the active one."""
        folders, files = self.inner.listdir(path)
        names = set()
        for file in files:
            found = _KEY_FILE.fullmatch(file)
            if found and found["id"] != keyring().active:
                names.add(posixpath.join(path, found["name"]))
        yield from sorted(names)
        for folder in sorted(folders):
            yield from self.stale(posixpath.join(path, folder))

    def rewrap(self, name: str) -> None:
        """Wrap the file's key with the active one, then remove the others.

        May be cut off anywhere and run again, also beside readers.
        """
        data_key = self._data_key(name)
        active = _key_name(name, keyring().active)
        if self._read_key(name, keyring().active) is None:
            # One that was cut off while written is of no use.
            self.inner.delete(active)
            self._write_key(name, data_key)
        for key_name in self._key_files(name):
            if key_name != active:
                self.inner.delete(key_name)

    def _write_key(self, name: str, data_key: bytes) -> None:
        wanted = _key_name(name, keyring().active)
        wrapped = keyring().wrap(data_key, _context(name))
        if self.inner.save(wanted, ContentFile(wrapped)) != wanted:
            raise Unopened("The key of a file stands there already.")

    def _data_key(self, name: str) -> bytes:
        for _ in range(_LOOKS):
            for key_id in keyring().ids:
                found = self._read_key(name, key_id)
                if found is not None:
                    return found
        raise Unopened("None of our keys opens this file.")

    def _read_key(self, name: str, key_id: str) -> bytes | None:
        try:
            with self.inner.open(_key_name(name, key_id), "rb") as file:
                return keyring().unwrap(key_id, file.read(), _context(name))
        except (FileNotFoundError, Unopened):
            return None

    def _key_files(self, name: str) -> list[str]:
        folder, base = posixpath.split(name)
        try:
            _, files = self.inner.listdir(folder)
        except FileNotFoundError:
            return []
        return [
            posixpath.join(folder, file)
            for file in files
            if (found := _KEY_FILE.fullmatch(file)) and found["name"] == base
        ]


class _Sealed(File):
    """What the storage behind is given to keep."""

    def __init__(self, stream: SealedStream, name: str) -> None:
        # A bucket wants parts of the size it asks for; a raw stream may give less.
        super().__init__(io.BufferedReader(stream, PIECE), name)
        self.stream = stream

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self.stream.pieces()


def _size_of(sealed: BinaryIO) -> int:
    size = getattr(sealed, "size", None)
    if size is not None:
        return int(size)
    end = sealed.seek(0, io.SEEK_END)
    sealed.seek(0)
    return end


def _is_key_of(name: str, file: str) -> bool:
    found = _KEY_FILE.fullmatch(file)
    return found is not None and found["name"] == name


def _overwrite(file: Path) -> None:
    with file.open("r+b") as held:
        held.write(os.urandom(file.stat().st_size))
        held.flush()
        os.fsync(held.fileno())


def _key_name(name: str, key_id: str) -> str:
    return f"{name}.{key_id}.key"


def _context(name: str) -> bytes:
    return f"file:{name}".encode()
