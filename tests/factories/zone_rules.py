"""Other rules for a zone's clock, as an update of the zone data brings them."""

import struct
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from foundation import periods


def _zone_file(rule: str) -> bytes:
    """A file of zone data that says one rule from ever on: RFC 8536, version 2.

    `rule` is as POSIX writes TZ: "GMT0", or "GMT0BST,M3.5.0/1,M10.5.0".
    """
    one_kind = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = b"TZif2" + bytes(15) + one_kind + struct.pack(">lbb", 0, 0, 0) + b"GMT\0"
    return block + block + b"\n" + rule.encode() + b"\n"


@contextmanager
def rules(folder: Path, **zones: str) -> Iterator[None]:
    """Until the block ends these rules hold; a zone is written Europe__London."""
    for name, rule in zones.items():
        file = folder.joinpath(*name.split("__"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_zone_file(rule))
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder), *before])
    _forget()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(before)
        _forget()


def _forget() -> None:
    """As a process that was started anew."""
    ZoneInfo.clear_cache()
    periods.day_segments.cache_clear()
    periods.weekly.cache_clear()
