"""Sealing files beside the bare cipher on the same bytes and the same disk."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.base import File

from bench.figures import Figure
from foundation.encryption.storage import EncryptedStorage
from foundation.encryption.streams import PIECE

SIZE = 256 << 20
ROUNDS = 5
# Megabytes by which a process may grow while a gigabyte passes through it.
GROWTH = 16
CIPHER = AESGCM(bytes(32))


def measure() -> Iterator[Figure]:
    """Megabytes a second in and out, and memory for a gigabyte."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = folder / "plain"
        plain.write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
        storage = EncryptedStorage(
            "django.core.files.storage.FileSystemStorage", {"location": folder}
        )
        sealing, bare_sealing, opening, bare_opening = [], [], [], []
        for _ in range(ROUNDS):
            sealing.append(_timed(lambda: _seal(storage, plain)))
            bare_sealing.append(_timed(lambda: _bare_seal(plain, folder / "bare")))
            opening.append(_timed(lambda: _open(storage)))
            bare_opening.append(_timed(lambda: _bare_open(folder / "bare")))
            storage.delete("ours")
        for name, ours, bare in (
            ("files: sealing", sealing, bare_sealing),
            ("files: opening", opening, bare_opening),
        ):
            yield Figure(name, _rate(min(ours)), _rate(min(bare)), "MB/s", ">= 0.5")
        growth = float(_in_own_process(folder))
        yield Figure("files: memory for 1 GB", growth, GROWTH, "MB", "<= 1")


def _timed(call: object) -> float:
    began = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - began


def _rate(seconds: float) -> float:
    return SIZE / 1e6 / seconds


def _seal(storage: EncryptedStorage, plain: Path) -> None:
    with plain.open("rb") as file:
        assert storage.save("ours", File(file)) == "ours"


def _open(storage: EncryptedStorage) -> None:
    with storage.open("ours") as file:
        while file.read(PIECE):
            pass


def _bare_seal(plain: Path, to: Path) -> None:
    """The cipher and the disk, and nothing that makes it a format."""
    with plain.open("rb") as source, to.open("wb") as target:
        number = 0
        while piece := source.read(PIECE):
            target.write(CIPHER.encrypt(number.to_bytes(12, "big"), piece, None))
            number += 1


def _bare_open(sealed: Path) -> None:
    with sealed.open("rb") as source:
        number = 0
        while piece := source.read(PIECE + 16):
            CIPHER.decrypt(number.to_bytes(12, "big"), piece, None)
            number += 1


def _in_own_process(folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 arguments are ours
        [sys.executable, "-m", "bench.files", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


class _Zeros(File):
    """A gigabyte that needs no disk."""

    size = 1 << 30

    def open(self, mode: str | None = None) -> "_Zeros":  # type: ignore[override]
        return self

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        block = bytes(chunk_size or PIECE)
        for _ in range(self.size // len(block)):
            yield block


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _gigabyte(folder: Path) -> float:
    storage = EncryptedStorage(
        "django.core.files.storage.FileSystemStorage", {"location": folder}
    )
    before = _peak()
    name = storage.save("gigabyte", _Zeros(None, "gigabyte"))
    with storage.open(name) as file:
        while file.read(1 << 20):
            pass
    storage.delete(name)
    return _peak() - before


if __name__ == "__main__":
    sys.stdout.write(f"{_gigabyte(Path(sys.argv[1])):.1f}")
