"""A ZIP that is written in several goes: https://pkware.cachefly.net/webdocs/APPNOTE.

Its members stand one after the other, and its directory at the end says where. So one
go may write some members and another the next ones, if the offsets go on and the
directory is remembered: all goes, one after the other, are one ordinary ZIP.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

PIECE = 256 * 1024
# What the directory at the end says of each member.
ENTRY = (
    "filename", "date_time", "compress_type", "create_system", "create_version",
    "extract_version", "flag_bits", "external_attr", "internal_attr", "header_offset",
    "CRC", "compress_size", "file_size",
)  # fmt: skip


class Sink(io.RawIOBase):
    """Takes what the ZIP writes, until somebody fetches it. It begins at `offset` of
    the whole, and tells so; it can't go back."""

    def __init__(self, offset: int) -> None:
        self._held = bytearray()
        self._offset = offset

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("What was written has gone on.")

    def tell(self) -> int:
        return self._offset

    def write(self, data: Any) -> int:
        self._held += data
        self._offset += len(data)
        return len(data)

    def take(self, least: int = PIECE) -> Iterator[bytes]:
        """What was written since the last time, if it is so much."""
        if len(self._held) >= least:
            held, self._held = bytes(self._held), bytearray()
            yield held


def go_on(sink: Sink, entries: list[dict[str, Any]]) -> zipfile.ZipFile:
    """A ZIP that goes on at the sink's offset, after these members."""
    zipped = zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED)
    for entry in entries:
        info = zipfile.ZipInfo(entry["filename"], tuple(entry["date_time"]))
        for name in ENTRY[2:]:
            setattr(info, name, entry[name])
        zipped.filelist.append(info)
        zipped.NameToInfo[info.filename] = info
    return zipped


def entries_of(zipped: zipfile.ZipFile) -> list[dict[str, Any]]:
    """The members so far, as `go_on` takes them and JSON keeps them."""
    return [{name: getattr(info, name) for name in ENTRY} for info in zipped.filelist]
