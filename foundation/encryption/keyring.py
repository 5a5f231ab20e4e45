"""The clinic's keys: several by id, one of them active.

`settings.ENCRYPTION_KEYS` is a list between commas or white space. The first key is the
active one, which seals everything new; the others only open what is there already. An
entry is one of

    2026a:<base64 of 32 random bytes>
    2026a:kms:<base64 of what AWS KMS made of such bytes>
    index:<base64 of 32 random bytes>      for blind indexes; exactly one

`manage.py make_key` writes them, `manage.py rotate_keys` brings everything from old
keys to the active one. Of each key two are derived (HKDF, RFC 5869): one for fields,
one that wraps the data keys of files, so that neither can be taken for the other.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

KEY_BYTES = 32
# NIST SP 800-38D: 96 random bits, good for 2^32 values under one key.
NONCE_BYTES = 12
INDEX = "index"
_ID = re.compile(r"[a-z0-9-]{1,20}")
_MARK = "mc1"
# Random bytes repeat little: 32 of them hold fewer than 16 different ones once in 10^9.
_DIFFERENT_BYTES = 16


class Unopened(Exception):
    """A sealed value cannot be opened: it was changed, moved, or its key is not here.

    Says which key, never what was inside.
    """


class Keyring:
    """What seals and opens. `active` is the id of the key for everything new."""

    def __init__(self, keys: dict[str, bytes], index_key: bytes) -> None:
        """`keys` by id, the active one first. The index key is apart from them: a
        blind index must stay the same when keys rotate."""
        self.active = next(iter(keys))
        self.ids = tuple(keys)
        self._fields = {name: _derived(key, b"fields") for name, key in keys.items()}
        self._files = {name: _derived(key, b"files") for name, key in keys.items()}
        self._index = index_key

    def seal(self, plain: bytes, context: bytes) -> str:
        """Text that only `open` with the same `context` turns back (AES-256-GCM)."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + self._fields[self.active].encrypt(nonce, plain, context)
        return f"{_MARK}:{self.active}:{base64.b64encode(sealed).decode()}"

    def open(self, token: str, context: bytes) -> bytes:
        """What was sealed. Raises Unopened."""
        name = key_id(token)
        cipher = self._fields.get(name)
        if cipher is None:
            raise Unopened(f"The key {name!r} is not in the keyring.")
        try:
            sealed = base64.b64decode(token.rsplit(":", 1)[1], validate=True)
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
        except (InvalidTag, ValueError) as error:
            raise Unopened(
                f"A value sealed with the key {name!r} was changed or moved."
            ) from error

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """The data key of a file, readable with the active key alone."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._files[self.active].encrypt(nonce, data_key, context)

    def unwrap(self, name: str, wrapped: bytes, context: bytes) -> bytes:
        """The data key that the key `name` wrapped. Raises Unopened."""
        if name not in self._files:
            raise Unopened(f"The key {name!r} is not in the keyring.")
        nonce, rest = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return self._files[name].decrypt(nonce, rest, context)
        except (InvalidTag, ValueError) as error:
            raise Unopened("The key of a file was changed or moved.") from error

    def blind(self, text: str, context: bytes) -> str:
        """The same for the same text in the same place, and says nothing about it."""
        return hmac.new(
            self._index, context + b"\0" + text.encode(), hashlib.sha256
        ).hexdigest()


def keyring() -> Keyring:
    """The keyring of the settings; KMS is asked once a process.

    Raises ImproperlyConfigured where there is none, or one is unfit.
    """
    return read_keyring(settings.ENCRYPTION_KEYS)


def key_id(token: str) -> str:
    """Which key sealed it. Raises Unopened for what was never sealed."""
    mark, _, rest = token.partition(":")
    name, colon, _ = rest.partition(":")
    if mark != _MARK or not colon or not _ID.fullmatch(name):
        raise Unopened("A value that should be sealed stands there open.")
    return name


def prefix(name: str) -> str:
    """How everything begins that the key `name` sealed."""
    return f"{_MARK}:{name}:"


def new_key() -> str:
    """Base64 of a fresh random key."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


@lru_cache(maxsize=8)
def read_keyring(text: str) -> Keyring:
    """The keyring that `text` writes down, asking KMS where it says so.

    Raises ImproperlyConfigured.
    """
    keys = read_keys(text)
    index_key = keys.pop(INDEX, None)
    if index_key is None or not keys:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS needs a key and an index key: `manage.py make_key 2026a` "
            "and `manage.py make_key index`."
        )
    _refuse_twins([*keys.values(), index_key])
    return Keyring(keys, index_key)


def read_keys(text: str, setting: str = "ENCRYPTION_KEYS") -> dict[str, bytes]:
    """The keys that `text` writes down, by id, in its order; KMS is asked where it
    says so. Raises ImproperlyConfigured, naming the `setting`."""
    keys: dict[str, bytes] = {}
    for entry in re.split(r"[,\s]+", text.strip()):
        name, _, value = entry.partition(":")
        if not _ID.fullmatch(name) or name in keys:
            raise ImproperlyConfigured(
                f"{setting}: each key is written id:base64, ids of small letters "
                "and digits, each once. `manage.py make_key` writes one."
            )
        keys[name] = _key(name, value, setting)
    return keys


def _key(name: str, value: str, setting: str = "ENCRYPTION_KEYS") -> bytes:
    """32 bytes, from the text itself or by way of KMS."""
    source, colon, blob = value.rpartition(":")
    try:
        decoded = base64.b64decode(blob, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if colon and source == "kms":
        decoded = import_string("foundation.encryption.kms.decrypt")(name, decoded)
    elif colon:
        decoded = b""
    if len(decoded) != KEY_BYTES:
        raise ImproperlyConfigured(
            f"{setting}: the key {name!r} is not base64 of {KEY_BYTES} bytes."
        )
    return decoded


def _refuse_twins(keys: Iterable[bytes]) -> None:
    found = list(keys)
    if len(set(found)) != len(found):
        raise ImproperlyConfigured("ENCRYPTION_KEYS: two keys are the same.")


def is_weak(text: str) -> bool:
    """Whether one of the keys in `text` is no random one: an example, a word, zeros.

    Keys that KMS guards are taken on trust.
    """
    for entry in re.split(r"[,\s]+", text.strip()):
        name, _, value = entry.partition(":")
        guarded = value.startswith("kms:")
        if not guarded and len(set(_key(name, value))) < _DIFFERENT_BYTES:
            return True
    return False


def _derived(key: bytes, purpose: bytes) -> AESGCM:
    hkdf = HKDF(
        algorithm=hashes.SHA256(),
        length=KEY_BYTES,
        salt=None,
        info=b"medconsult 1 " + purpose,
    )
    return AESGCM(hkdf.derive(key))
