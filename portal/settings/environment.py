"""Reading settings from the environment.

Every setting `NAME` may come from the variable `NAME` or from the file that `NAME_FILE`
points at, which is how container platforms hand over secrets.
"""

import contextlib
import hashlib
import hmac
import os
import tempfile
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from foundation.encryption.keyring import new_key

ROOT = Path(__file__).resolve().parent.parent.parent


def load_dotenv() -> None:
    """Take variables from .env beside manage.py; what is already set stays.

    Tests do not, so that they mean the same on every machine.
    """
    testing = os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".test")
    if (ROOT / ".env").is_file() and not testing:
        environ.Env.read_env(str(ROOT / ".env"))


def read(name: str, default: str = "") -> str:
    """The value of `name`, or `default` where neither variable nor file is set."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def read_all(prefix: str, besides: set[str]) -> dict[str, str]:
    """Every variable that begins with `prefix`, by what follows it."""
    names = {name.removesuffix("_FILE") for name in os.environ}
    wanted = {name for name in names if name.startswith(prefix)} - besides
    return {name.removeprefix(prefix): read(name) for name in sorted(wanted)}


def read_secret(name: str) -> str:
    """The value of a secret that must be there.

    Raises ImproperlyConfigured, naming the secret, when it is empty.
    """
    value = read(name)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Set {name} or {name}_FILE; .env.example says how."
        )
    return value


def read_bool(name: str, default: bool = False) -> bool:
    """1, true, yes and on are true."""
    value = read(name)
    return value.lower() in {"1", "true", "yes", "on"} if value else default


def read_int(name: str, default: int) -> int:
    """A whole number. Raises ImproperlyConfigured, naming it, for anything else."""
    value = read(name)
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is no whole number.") from error


def read_list(name: str, default: str = "") -> list[str]:
    """Values between commas."""
    return [part.strip() for part in read(name, default).split(",") if part.strip()]


# For a bucket: seconds to connect, seconds to answer, tries.
HURRIED, PATIENT = (1, 3, 1), (5, 30, 3)


def clinical_storage(root: Path) -> dict[str, Any]:
    """Django's settings for clinical files: in the folder `root`, or in the bucket that
    CLINICAL_BUCKET names. Either way they are sealed before they get there.

    The bucket is private; it encrypts once more itself, and keeps versions when its
    owner switched that on. Credentials and region are boto3's own variables. Parts go
    one after the other and large files wait on the disk, so memory stays small. Pages
    give up on a silent bucket after seconds, since somebody waits; jobs are patient.
    """
    bucket = read("CLINICAL_BUCKET")
    if not bucket:
        inner = {
            "backend": "django.core.files.storage.FileSystemStorage",
            "options": {
                "location": root,
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    else:
        transfer = import_string("boto3.s3.transfer.TransferConfig")
        config = import_string("botocore.config.Config")
        connect, answer, tries = HURRIED if read("PROGRAM") == "site" else PATIENT
        encrypted = read("CLINICAL_BUCKET_SSE", "AES256")
        inner = {
            "backend": "foundation.bucket.Bucket",
            "options": {
                "bucket_name": bucket,
                "endpoint_url": read("CLINICAL_BUCKET_ENDPOINT") or None,
                "default_acl": None,
                "querystring_auth": True,
                "file_overwrite": False,
                "client_config": config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path"},
                    connect_timeout=connect,
                    read_timeout=answer,
                    retries={"total_max_attempts": tries},
                ),
                "max_memory_size": 2_000_000,
                "transfer_config": transfer(use_threads=False),
                "object_parameters": {"ServerSideEncryption": encrypted}
                if encrypted != "none"
                else {},
            },
        }
    return {
        "BACKEND": "foundation.encryption.storage.EncryptedStorage",
        "OPTIONS": inner,
    }


def own_keys(path: Path, ids: tuple[str, ...] = ("demo", "index")) -> str:
    """Keys for the demo: made once, kept in a file that only its owner can read."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = [f"{name}:{new_key()}" for name in ids]
        handle, half = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write("\n".join(keys) + "\n")
        # Whoever comes first wins: a key that sealed something must never be replaced.
        with contextlib.suppress(FileExistsError):
            os.link(half, path)
        Path(half).unlink()
    return path.read_text(encoding="utf-8").strip()


# Each program is a role of its own in the database (portal.grants says what it may);
# the names where nobody chose others. Anything else, such as a command that migrates,
# works as the owner.
ROLES = {"site": "medconsult_web", "worker": "medconsult_web", "cms": "medconsult_cms"}
# Pages have a reader who waits; jobs and migrations take the time they need.
IMPATIENT = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
OPTIONS = {
    "site": IMPATIENT,
    # Views in the schema `cms` stand in for the tables that it must not read whole.
    "cms": f"{IMPATIENT} -c search_path=cms,public",
}
# Seconds to come to the database at all, and milliseconds in which what was sent must
# have arrived there.
HURRIED_CONNECTION: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": 10_000}


def role_url(owner_url: str, program: str) -> str:
    """The address under which `program` reaches the database of `owner_url`.

    The program's own variable, else, in development and tests, the owner's address
    with the role's name. Where the owner has a password the role gets one made from
    it, which `grant_roles` sets and nobody has to keep.
    """
    if program not in ROLES:
        return owner_url
    own = read("CMS_DATABASE_URL") if program == "cms" else read("WEB_DATABASE_URL")
    return own or as_role(owner_url, ROLES[program])


def as_role(owner_url: str, role: str) -> str:
    """`owner_url` for another role, with a password if the owner has one."""
    parts = urlsplit(owner_url)
    host = parts.netloc.rpartition("@")[2]
    secret = ""
    if parts.password:
        made = hmac.digest(parts.password.encode(), role.encode(), hashlib.sha256)
        secret = f":{made.hex()}"
    return parts._replace(netloc=f"{role}{secret}@{host}").geturl()


def database(url: str, program: str = "") -> dict[str, Any]:
    """Django's settings for the PostgreSQL at `url`, as `program` uses it.

    Connections are kept between requests and checked before use; waiting for a lock
    ends after ten seconds, so that one stuck transaction, or one migration, cannot stop
    the clinic. Pages do not wait for a database that cannot be reached: they say when
    to come again. `foundation.sql` has its statements planned once a connection; a
    pooler in between must allow prepared statements (PgBouncer does from 1.21 on).
    """
    parsed = environ.Env.db_url_config(url)
    limits = OPTIONS.get(program, "")
    options: dict[str, Any] = {
        "options": f"-c jit=off -c lock_timeout=10s {limits}".strip(),
        "prepare_threshold": 1,
        **(HURRIED_CONNECTION if program in OPTIONS else {}),
    }
    return {
        **parsed,
        "CONN_MAX_AGE": read_int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | parsed.get("OPTIONS", {}),
    }


# What libpq takes for "never in the clear". "require" believes any certificate;
# "verify-full" with sslrootcert also knows who answers.
TLS_MODES = {"require", "verify-ca", "verify-full"}


def over_tls(given: dict[str, Any], plain_hosts: list[str]) -> dict[str, Any]:
    """The same settings of a database, with TLS wherever the way leads off the machine.

    A socket or the machine itself needs none, nor does a host in `plain_hosts`. Raises
    ImproperlyConfigured where the address asks for less than sslmode=require.
    """
    options = given["OPTIONS"]
    # libpq takes several, and each of these places may name them.
    named = options.get("host") or given.get("HOST") or os.environ.get("PGHOST", "")
    listed = f"{named},{options.get('hostaddr', '')}".split(",")
    hosts = [one for one in listed if one and not one.startswith("/")]
    if all(is_this_machine(one) or one in plain_hosts for one in hosts):
        return given
    mode = options.get("sslmode", "require")
    if mode not in TLS_MODES:
        raise ImproperlyConfigured(
            f"The database's address says sslmode={mode}: records would cross the "
            "network in the clear. Leave it out or say sslmode=require or more; a host "
            "that is only reached inside one machine may stand in DATABASE_WITHOUT_TLS."
        )
    return {**given, "OPTIONS": {**options, "sslmode": mode}}


# Who is called outside, by the variable that holds their address.
CALLED = (
    "EMAIL_URL", "TWILIO_API_BASE", "CLINICAL_BUCKET_ENDPOINT", "OIDC_ISSUER",
    "SENTRY_DSN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_KMS",
)  # fmt: skip


def refuse_clear_calls(plain_hosts: list[str]) -> None:
    """Raise ImproperlyConfigured where somebody outside would be called without TLS.

    This machine may be, and a host in `plain_hosts`. Whoever is called with TLS has to
    show a certificate that is good for their name: the libraries see to that.
    """
    called = {name: read(name) for name in CALLED}
    called |= {f"ANYMAIL_{name}": v for name, v in read_all("ANYMAIL_", set()).items()}
    for name, address in sorted(called.items()):
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "smtp"} or is_this_machine(host):
            continue
        if host not in plain_hosts:
            raise ImproperlyConfigured(
                f"{name} begins with {parts.scheme}://: what it is told would cross "
                "the network in the clear. Use https://, or for mail smtp+tls:// or "
                "smtp+ssl://; a host that is only reached inside one machine may stand "
                "in OUTSIDE_WITHOUT_TLS."
            )


def is_this_machine(host: str) -> bool:
    """Whether that is a loopback address or the name of one."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
