"""For tests: as production where it matters, quick where it does not."""

from pathlib import Path

from portal import postgres
from portal.settings.base import *  # noqa: F403
from portal.settings.base import (
    BASE_DIR,
    DATABASE_URL,
    DATABASES,
    LOGGING,
    PROGRAM,
    STORAGES,
)
from portal.settings.cms import as_cms
from portal.settings.environment import clinical_storage, database, read, role_url

# Tests of other things do a lot in a minute, all from one address.
RATE_LIMIT_FACTOR = 1000.0

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SECRET_KEY = "test-only-secret-key-that-is-long-enough-for-the-checks"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Words in base64: production refuses keys like these.
ENCRYPTION_KEYS = (
    "tests:dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=,"
    "index:aW5kZXgtb25seS1pbmRleC1vbmx5LWluZGV4LW9ubHk="
)
BACKUP_KEY = read("BACKUP_KEY", "backups:YmFja3VwLW9ubHktYmFja3VwLW9ubHktYmFja3VwLW8=")
DEV_OUTBOX = True

VAR_DIR = BASE_DIR / "var" / "test"
MEDIA_ROOT = Path(read("MEDIA_ROOT", str(VAR_DIR / "media")))
CLINICAL_ROOT = Path(read("CLINICAL_ROOT", str(VAR_DIR / "clinical")))
STORAGES = {
    **STORAGES,
    "clinical": clinical_storage(CLINICAL_ROOT),
    "audit_heads": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

SERVE_MEDIA = True
# Static files straight from their sources, found when they are asked for.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

if not DATABASE_URL:
    DATABASES["default"] = database(
        role_url(postgres.url(postgres.TESTS), PROGRAM), PROGRAM
    )

CACHES = {
    "nowhere": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # A test reads what it has just written.
    "live": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
    },
}
LOGGING["root"] = {"handlers": ["console"], "level": read("LOG_LEVEL", "WARNING")}

if PROGRAM == "cms":
    vars().update(as_cms(vars()))
