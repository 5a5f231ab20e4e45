"""Backup codes: made as a set, shown once, stored as hashes, each good for one use."""

import re
import secrets
from datetime import datetime

from argon2.low_level import Type, hash_secret_raw
from django.db import transaction

from accounts.factors.models import BackupCode
from accounts.users.models import User
from audit.services import record
from foundation.events import publish

A_SET = 10
# Without letters and digits that are mistaken for each other on paper.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@transaction.atomic
def make_backup_codes(*, user: User) -> list[str]:
    """A new set of codes such as "k7m2q-9xdfw"; the old ones stop working.

    The codes are returned this once and cannot be read again.
    """
    user.backup_codes.all().delete()
    salt = secrets.token_bytes(16)
    codes = [
        "".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(A_SET)
    ]
    BackupCode.objects.bulk_create(
        BackupCode(user=user, salt=salt, digest=_hash(code, salt)) for code in codes
    )
    entry = record(actor=user, verb="factor.backup_codes_made", subject=user)
    publish("accounts.sign_in_changed", entry_id=entry.pk)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_backup_code(*, user: User, typed: str, at: datetime) -> bool:
    """Use up the code, whatever its spelling. The caller holds the user's tries."""
    code = re.sub(r"[^0-9a-z]", "", typed.casefold())
    first = user.backup_codes.filter(used_at=None).first()
    if first is None or len(code) != 10:
        return False
    found = user.backup_codes.filter(
        used_at=None, digest=_hash(code, bytes(first.salt))
    ).update(used_at=at)
    if found:
        entry = record(actor=user, verb="factor.backup_code_used", subject=user)
        publish("accounts.sign_in_changed", entry_id=entry.pk)
    return bool(found)


def _hash(code: str, salt: bytes) -> bytes:
    """Argon2id with the parameters that OWASP's cheat sheet gives first for it."""
    return hash_secret_raw(
        code.encode(),
        salt,
        time_cost=2,
        memory_cost=19_456,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )
