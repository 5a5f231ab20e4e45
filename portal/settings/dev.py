"""For development and the demo: `make run`."""

from portal import postgres
from portal.settings.base import *  # noqa: F403
from portal.settings.base import DATABASE_URL, DATABASES, ENCRYPTION_KEYS, VAR_DIR
from portal.settings.environment import database, own_keys, read_bool

# `make run` shows what visitors would see, error pages too; DEBUG=1 shows Django's.
DEBUG = read_bool("DEBUG")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", ".localhost"]
INTERNAL_IPS = ["127.0.0.1"]

if not ENCRYPTION_KEYS:
    ENCRYPTION_KEYS = own_keys(VAR_DIR / "encryption.keys")

# Nobody stands in front of the demo's server to hand out editors' pictures.
SERVE_MEDIA = True

if not DATABASE_URL:
    DATABASES["default"] = database(postgres.url())

# Every message is kept where /dev/outbox/ shows it, unless real channels are set.
DEV_OUTBOX = True

SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]
