"""The hashes of the chain, worked out anew and not by the database."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any


def digest_of(row: Sequence[Any]) -> bytes:
    """The SHA-256 of an entry, as audit_gather works it out in the database."""
    text = json.dumps(list(row), ensure_ascii=False, separators=(", ", ": "))
    return hashlib.sha256(text.encode()).digest()


def link_hash(
    before: bytes, position: int, at: datetime, entries: Sequence[int], digests: bytes
) -> bytes:
    """The hash of a link, as audit_seal_waiting works it out in the database."""
    moment = int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    middle = f"{position}|{moment}|{','.join(map(str, entries))}|"
    return hashlib.sha256(before + middle.encode() + digests).digest()
