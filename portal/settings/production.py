"""For a real clinic. Refuses to start without its secrets."""

from ipaddress import ip_network
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from foundation.encryption.keyring import is_weak, read_keyring, read_keys
from portal.settings.base import *  # noqa: F403
from portal.settings.base import (
    BACKUP_KEY,
    DATABASES,
    DEFAULT_SECRET_KEY,
    LOG_LEVEL,
    METRICS_NETWORKS,
    METRICS_TOKEN,
    PROGRAM,
    RATE_LIMIT_FACTOR,
    SECRET_KEY_FALLBACKS,
    SESSION_IDLE_SECONDS_STAFF,
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRETS,
    USE_SMS,
)
from portal.settings.cms import as_cms
from portal.settings.environment import (
    ROLES,
    over_tls,
    read,
    read_bool,
    read_int,
    read_list,
    read_secret,
    refuse_clear_calls,
)
from portal.settings.logs import log_settings

# A program is given its own secrets and no others: the CMS never holds SECRET_KEY, with
# which jobs and links of the site are signed, and only commands the owner's address.
if PROGRAM == "cms":
    SECRET_KEY = CMS_SECRET_KEY = read_secret("CMS_SECRET_KEY")
    read_secret("CMS_DATABASE_URL")
else:
    SECRET_KEY = read_secret("SECRET_KEY")
    read_secret("WEB_DATABASE_URL" if PROGRAM in ROLES else "DATABASE_URL")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("The secret key is too short: 50 characters at least.")
if SECRET_KEY == DEFAULT_SECRET_KEY or len(set(SECRET_KEY)) < 16:
    raise ImproperlyConfigured("The secret key is a default or no random text.")
AUDIT_SIGNING_KEYS = read_list("AUDIT_SIGNING_KEYS") or [
    SECRET_KEY,
    *SECRET_KEY_FALLBACKS,
]
# What is sealed is none of the CMS's business.
if PROGRAM != "cms":
    ENCRYPTION_KEYS = read_secret("ENCRYPTION_KEYS")
    read_keyring(ENCRYPTION_KEYS)
    if is_weak(ENCRYPTION_KEYS):
        raise ImproperlyConfigured("ENCRYPTION_KEYS holds a default or no random key.")
# Only `manage.py backup` and `restore` need it, and refuse to run without.
if BACKUP_KEY:
    read_keys(BACKUP_KEY, "BACKUP_KEY")
    if is_weak(BACKUP_KEY):
        raise ImproperlyConfigured("BACKUP_KEY is a default or no random key.")
# Pages, CMS, worker and commands alike; a backup goes the way that Django goes.
DATABASES = {
    "default": over_tls(DATABASES["default"], read_list("DATABASE_WITHOUT_TLS"))
}
refuse_clear_calls(read_list("OUTSIDE_WITHOUT_TLS"))
ALLOWED_HOSTS = read_secret("ALLOWED_HOSTS").split(",")
SITE_URL = read_secret("SITE_URL").rstrip("/")
CMS_URL = read_secret("CMS_URL").rstrip("/")
DEV_OUTBOX = False
OTP_WEBAUTHN_RP_ID = urlsplit(SITE_URL).hostname
OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE_URL]

# What is switched on must be whole.
if USE_SMS:
    TWILIO_ACCOUNT_SID = read_secret("TWILIO_ACCOUNT_SID")
    TWILIO_AUTH_TOKEN = read_secret("TWILIO_AUTH_TOKEN")
    TWILIO_FROM = read_secret("TWILIO_FROM")
if STRIPE_SECRET_KEY and not STRIPE_WEBHOOK_SECRETS:
    read_secret("STRIPE_WEBHOOK_SECRETS")
if STRIPE_API_BASE:
    raise ImproperlyConfigured(
        "STRIPE_API_BASE is set: the payment sandbox is not for production."
    )

LOGGING = log_settings(read("LOG_FORMAT", "json"), LOG_LEVEL)
if METRICS_TOKEN and len(METRICS_TOKEN) < 32:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: 32 characters at least.")
try:
    [ip_network(one) for one in METRICS_NETWORKS]
except ValueError as error:
    raise ImproperlyConfigured(f"METRICS_NETWORKS: {error}.") from error

SECURE_SSL_REDIRECT = read_bool("SECURE_SSL_REDIRECT", default=True)
# How many servers stand in front and add to X-Forwarded-For: what a visitor writes into
# that header himself is never taken for his address when tries are counted.
ALLAUTH_TRUSTED_PROXY_COUNT = read_int("TRUSTED_PROXY_COUNT", 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = read_int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]

if SESSION_IDLE_SECONDS_STAFF > 30 * 60:
    raise ImproperlyConfigured(
        "SESSION_IDLE_SECONDS_STAFF is too long: 1800 seconds at most."
    )
if RATE_LIMIT_FACTOR > 10:
    raise ImproperlyConfigured("RATE_LIMIT_FACTOR is too wide: 10 at most.")
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
DEVICE_COOKIE_NAME = "__Host-device"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

if PROGRAM == "cms":
    vars().update(as_cms(vars()))
