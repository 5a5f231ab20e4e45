"""The last link of the chain, as it is kept outside the database."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.files.storage import Storage, storages

from audit.seals.models import Seal


@dataclass(frozen=True)
class Head:
    """The last link at some time, as it is kept outside the database."""

    position: int
    hash: str
    at: str

    def to_json(self, key: str) -> str:
        """The head with its signature (HMAC-SHA-256), as one line of JSON."""
        body = {"position": self.position, "hash": self.hash, "at": self.at}
        return json.dumps({**body, "signature": self.signature(key)}) + "\n"

    def signature(self, key: str) -> str:
        body = f"medconsult.audit|{self.position}|{self.hash}|{self.at}"
        return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()


def exported_heads() -> Iterator[tuple[Head, bool]]:
    """Every head outside the database, the oldest first, with whether its signature is
    by one of our keys."""
    storage = head_storage()
    for name in _names(storage):
        with storage.open(name) as file:
            kept = json.loads(file.read())
        head = Head(int(kept["position"]), str(kept["hash"]), str(kept["at"]))
        signed = str(kept["signature"])
        yield (
            head,
            any(hmac.compare_digest(head.signature(key), signed) for key in keys()),
        )


def newest_head() -> Head | None:
    """The newest head outside the database that we signed."""
    found = None
    for head, is_ours in exported_heads():
        if is_ours:
            found = head
    return found


def current_head() -> Head | None:
    """The last link of the chain now, None while there is none."""
    seal = Seal.objects.order_by("-position").first()
    if seal is None:
        return None
    return Head(seal.position, bytes(seal.hash).hex(), seal.at.isoformat())


def head_storage() -> Storage:
    """Where heads are kept, by settings a folder or a bucket."""
    return storages["audit_heads"]


def keys() -> list[str]:
    """The keys that sign heads: the first signs, all are accepted."""
    own: list[str] = settings.AUDIT_SIGNING_KEYS
    return own


def _names(storage: Storage) -> list[str]:
    try:
        months, _ = storage.listdir("")
    except FileNotFoundError:
        return []
    return [
        f"{month}/{name}"
        for month in sorted(months)
        for name in sorted(storage.listdir(month)[1])
    ]
