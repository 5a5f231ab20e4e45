"""AWS KMS keeps the key of the keys.

Region, credentials and address come from boto3's own variables (AWS_REGION,
AWS_ACCESS_KEY_ID or a role of the machine, AWS_ENDPOINT_URL_KMS). Connections are
checked against the system's certificates. Nothing of a key is ever written down.
"""

import base64

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ImproperlyConfigured

_PATIENCE = Config(
    connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3}
)


def decrypt(name: str, blob: bytes) -> bytes:
    """The key `name`, from what `encrypt` made of it. Raises ImproperlyConfigured."""
    try:
        answer = boto3.client("kms", config=_PATIENCE).decrypt(
            CiphertextBlob=blob, EncryptionContext=_context(name)
        )
    except (BotoCoreError, ClientError) as error:
        raise ImproperlyConfigured(
            f"AWS KMS does not open the key {name!r}: {type(error).__name__}."
        ) from error
    plain: bytes = answer["Plaintext"]
    return plain


def encrypt(name: str, key: bytes, *, master: str) -> str:
    """Base64 of the key `name` under KMS's key `master` (id, alias or ARN)."""
    answer = boto3.client("kms", config=_PATIENCE).encrypt(
        KeyId=master, Plaintext=key, EncryptionContext=_context(name)
    )
    return base64.b64encode(answer["CiphertextBlob"]).decode()


def _context(name: str) -> dict[str, str]:
    # Bound to its id: KMS refuses a key that was given another name.
    return {"product": "medconsult", "key": name}
