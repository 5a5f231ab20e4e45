"""For a real clinic. Refuses to start without its secrets."""

from django.core.exceptions import ImproperlyConfigured

from foundation.encryption.keyring import is_weak, read_keyring
from portal.settings.base import *  # noqa: F403
from portal.settings.base import (
    DEFAULT_SECRET_KEY,
    STRIPE_API_BASE,
    STRIPE_SECRET_KEY,
    STRIPE_WEBHOOK_SECRETS,
    USE_SMS,
)
from portal.settings.environment import read_bool, read_int, read_secret

SECRET_KEY = read_secret("SECRET_KEY")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short: 50 characters at least.")
if SECRET_KEY == DEFAULT_SECRET_KEY or len(set(SECRET_KEY)) < 16:
    raise ImproperlyConfigured("SECRET_KEY is a default or no random text.")
ENCRYPTION_KEYS = read_secret("ENCRYPTION_KEYS")
read_keyring(ENCRYPTION_KEYS)
if is_weak(ENCRYPTION_KEYS):
    raise ImproperlyConfigured("ENCRYPTION_KEYS holds a default or no random key.")
DATABASE_URL = read_secret("DATABASE_URL")
ALLOWED_HOSTS = read_secret("ALLOWED_HOSTS").split(",")
SITE_URL = read_secret("SITE_URL").rstrip("/")
DEV_OUTBOX = False

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

SECURE_SSL_REDIRECT = read_bool("SECURE_SSL_REDIRECT", default=True)
# How many servers stand in front and add to X-Forwarded-For: what a visitor writes into
# that header himself is never taken for his address when tries are counted.
ALLAUTH_TRUSTED_PROXY_COUNT = read_int("TRUSTED_PROXY_COUNT", 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = read_int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
