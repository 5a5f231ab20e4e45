"""Files in sealed pieces: constant memory, any place can be read by itself.

A file is cut into pieces of 256 KiB. Each is sealed with AES-256-GCM under the file's
own key; its nonce is the number of the piece and whether it is the last one. So pieces
cannot be changed, swapped, left out or added, and a file cannot end early: the piece
that would then be last was not sealed as one. (The STREAM construction: Hoang,
Reyhanitabar, Rogaway, Vizár 2015.) A data key is used for one file and once, which is
what makes counted nonces safe.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.encryption.keyring import Unopened

PIECE = 256 * 1024
TAG = 16
_SEALED = PIECE + TAG
_CONTEXT = b"medconsult file 1"


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if is_last else b"\0")


def sealed_pieces(pieces: Iterator[bytes], data_key: bytes) -> Iterator[bytes]:
    """The sealed file, piece by piece; `pieces` may be of any size."""
    cipher = AESGCM(data_key)
    number = 0
    waiting: bytes | None = None
    for piece in _even(pieces):
        if waiting is not None:
            nonce = _nonce(number, is_last=False)
            yield cipher.encrypt(nonce, waiting, _CONTEXT)
            number += 1
        waiting = piece
    nonce = _nonce(number, is_last=True)
    yield cipher.encrypt(nonce, waiting or b"", _CONTEXT)


def _even(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE, the last one shorter; none where none are."""
    rest = bytearray()
    for piece in pieces:
        if not rest and len(piece) == PIECE:
            yield piece
            continue
        rest += piece
        while len(rest) >= PIECE:
            yield bytes(rest[:PIECE])
            del rest[:PIECE]
    if rest:
        yield bytes(rest)


def plain_size(sealed_size: int) -> int:
    """Bytes of the plain file in a sealed one of that size."""
    return sealed_size - TAG * _count(sealed_size)


def _count(sealed_size: int) -> int:
    return max(1, -(-sealed_size // _SEALED))


class SealedStream(io.RawIOBase):
    """The sealed form of a plain file, to be read once from its beginning."""

    def __init__(self, pieces: Iterator[bytes], data_key: bytes) -> None:
        self._source = sealed_pieces(pieces, data_key)
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        if not self._ready:
            self._ready = next(self._source, b"")
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def pieces(self) -> Iterator[bytes]:
        """For storages on a disk: piece by piece, without copying."""
        return self._source


class OpenedStream(io.RawIOBase):
    """The plain form of a sealed file, readable and seekable; opens what is read.

    Reading raises Unopened where the file was changed or cut.
    """

    def __init__(self, sealed: BinaryIO, sealed_size: int, data_key: bytes) -> None:
        self._sealed = sealed
        self._cipher = AESGCM(data_key)
        self._last = _count(sealed_size) - 1
        self._size = plain_size(sealed_size)
        self._at = 0
        self._number = -1
        self._piece = b""
        # A seek may cost a request of its own: not while reading on.
        self._stands_at = -1

    @property
    def size(self) -> int:
        """Bytes of the plain file."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        if self._at >= self._size:
            # Also an empty file says by its one piece that it is whole.
            self._open_piece(self._last)
            return 0
        number, offset = divmod(self._at, PIECE)
        self._open_piece(number)
        part = memoryview(self._piece)[offset : offset + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._sealed.close()
        super().close()

    def _open_piece(self, number: int) -> None:
        if number == self._number:
            return
        if number != self._stands_at:
            self._sealed.seek(number * _SEALED)
        sealed = self._sealed.read(_SEALED)
        self._stands_at = number + 1
        nonce = _nonce(number, is_last=number == self._last)
        try:
            self._piece = self._cipher.decrypt(nonce, sealed, _CONTEXT)
        except (InvalidTag, ValueError) as error:
            self._stands_at = -1
            raise Unopened("A file was changed or cut short.") from error
        self._number = number
