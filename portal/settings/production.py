"""For a real clinic. Refuses to start without its secrets."""

from portal.settings.base import *  # noqa: F403
from portal.settings.environment import read_bool, read_int, read_secret

SECRET_KEY = read_secret("SECRET_KEY")
DATABASE_URL = read_secret("DATABASE_URL")
ALLOWED_HOSTS = read_secret("ALLOWED_HOSTS").split(",")
SITE_URL = read_secret("SITE_URL").rstrip("/")
DEV_OUTBOX = False

SECURE_SSL_REDIRECT = read_bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = read_int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
