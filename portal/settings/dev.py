"""For development and the demo: `make run`."""

from portal import postgres
from portal.settings.base import *  # noqa: F403
from portal.settings.base import (
    BACKUP_KEY,
    DATABASE_URL,
    DATABASES,
    ENCRYPTION_KEYS,
    PROGRAM,
    VAR_DIR,
)
from portal.settings.cms import as_cms
from portal.settings.environment import database, own_keys, read, read_bool, role_url

# `make run` shows what visitors would see, error pages too; DEBUG=1 shows Django's.
DEBUG = read_bool("DEBUG")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
# Everybody who tries the demo comes from the same address.
RATE_LIMIT_FACTOR = float(read("RATE_LIMIT_FACTOR", "10"))
INTERNAL_IPS = ["127.0.0.1"]

if not ENCRYPTION_KEYS and PROGRAM != "cms":
    ENCRYPTION_KEYS = own_keys(VAR_DIR / "encryption.keys")
if not BACKUP_KEY and PROGRAM != "cms":
    BACKUP_KEY = own_keys(VAR_DIR / "backup.keys", ("backup",))

# Nobody stands in front of the demo's server to hand out editors' pictures.
SERVE_MEDIA = True

if not DATABASE_URL:
    DATABASES["default"] = database(role_url(postgres.url(), PROGRAM), PROGRAM)

# Every message is kept where /dev/outbox/ shows it, unless real channels are set.
DEV_OUTBOX = True

SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]

if PROGRAM == "cms":
    vars().update(as_cms(vars()))
