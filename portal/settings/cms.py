"""What is different where PROGRAM is `cms`: the editors' desk.

It is a program of its own, on a host of its own, with cookies, sessions, secret and
database role of its own. It shares nothing with the site that the site would believe:
no cache (whose values are code to whoever reads them) and no job queue.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

UNSAFE_INLINE, UNSAFE_EVAL = "'unsafe-inline'", "'unsafe-eval'"

MIDDLEWARE = [
    "portal.request_log.RequestLog",
    "portal.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.content_policy.ContentPolicy",
    "portal.middleware.WholeRequests",
    "portal.middleware.CleanRequests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.cms.middleware.CmsDoor",
    "portal.doors.Doors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Does nothing here, but allauth does not start without it.
    "allauth.account.middleware.AccountMiddleware",
]

# Wagtail's pages carry inline scripts and styles. What they must not do all the same is
# speak to anybody else, be framed by anybody else, or be told where their base is.
POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}


def as_cms(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that replace those in `given` in the CMS's program."""
    host = urlsplit(given["CMS_URL"]).hostname or ""
    prefix = "__Host-" if given.get("SESSION_COOKIE_SECURE") else ""
    return {
        "SECRET_KEY": given["CMS_SECRET_KEY"],
        "SECRET_KEY_FALLBACKS": [],
        # What is sealed stays sealed here.
        "ENCRYPTION_KEYS": "",
        "BACKUP_KEY": "",
        "ALLOWED_HOSTS": [host],
        "CSRF_TRUSTED_ORIGINS": [],
        "ROOT_URLCONF": given["CMS_URLCONF"],
        "WSGI_APPLICATION": "portal.cms.wsgi.application",
        "MIDDLEWARE": MIDDLEWARE,
        "AUTHENTICATION_BACKENDS": ["portal.cms.backends.GroupRights"],
        "SESSION_ENGINE": "portal.cms.sessions",
        "SESSION_COOKIE_NAME": f"{prefix}cms-session",
        "SESSION_COOKIE_AGE": given["CMS_SESSION_SECONDS"],
        "CSRF_COOKIE_NAME": f"{prefix}cms-csrf",
        "CSRF_COOKIE_HTTPONLY": False,
        "CONTENT_SECURITY_POLICY": POLICY,
        "FETCH_FRAGMENTS": True,
        "WAGTAILADMIN_BASE_URL": given["CMS_URL"],
        "WAGTAILADMIN_LOGIN_URL": "/cms/",
        "CACHES": {
            **given["CACHES"],
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "LOCATION": "cms",
            },
        },
        # At once and as the CMS's own role, rather than by a worker who may do more.
        "JOBS_AT_ONCE": True,
        "IN_CMS": True,
        "TASKS": {
            "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
        },
    }
