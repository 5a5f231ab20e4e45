"""All settings. `dev`, `test` and `production` only override.

`.env.example` describes every variable that is read here.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF

from foundation.zones import zone_names
from portal.settings.environment import (
    clinical_storage,
    database,
    read,
    read_all,
    read_bool,
    read_int,
    read_list,
    role_url,
)
from portal.settings.logs import log_settings
from portal.settings.sign_in import origins, providers
from portal.wiring import SUBSCRIPTIONS

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(read("VAR_DIR", str(BASE_DIR / "var")))

# --- Django ---------------------------------------------------------------------

DEFAULT_SECRET_KEY = "not-secret-for-development-and-tests-only-0123456789"  # noqa: S105
SECRET_KEY = read("SECRET_KEY", DEFAULT_SECRET_KEY)
SECRET_KEY_FALLBACKS = read_list("SECRET_KEY_FALLBACKS")
# What seals clinical data; foundation.encryption.keyring says how it is written.
ENCRYPTION_KEYS = read("ENCRYPTION_KEYS")
DEBUG = False
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", "localhost,127.0.0.1")
SITE_URL = read("SITE_URL", f"http://localhost:{read('PORT', '8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = read_list("CSRF_TRUSTED_ORIGINS")

# Which program this is: site, worker or cms. Empty for commands, such as those that
# migrate: they own the database, the programs are guests in it.
PROGRAM = read("PROGRAM")

INSTALLED_APPS = [
    "portal",
    "home",
    "search",
    "clinic_pages",
    "records",
    "billing",
    "booking",
    "notifications",
    "clinic",
    "accounts",
    "audit",
    "foundation",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.openid_connect",
    "django_otp",
    "django_otp_webauthn",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_q",
    "django_tasks",
    "anymail",
    "pgtrigger",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "portal.request_log.RequestLog",
    "portal.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.content_policy.ContentPolicy",
    # Outside all that answers with pages: programs get none.
    "portal.api.middleware.Api",
    "portal.middleware.WholeRequests",
    "portal.middleware.CleanRequests",
    "portal.cors.Cors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Around everything that shows data of people, right after it is known who asks.
    "portal.access_log.AccessLog",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # Inside the session and the messages: it tells whose session ended, and why.
    "portal.presence.Presence",
    "accounts.middleware.FactorDoor",
    # Innermost but one: needs the user, and stands before every view.
    "portal.limits.views.Limits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.Outages",
    "portal.doors.Doors",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.static",
                "portal.templatetags.medconsult",
                "portal.templatetags.fragments",
                "portal.templatetags.visits",
                "clinic_pages.templatetags.clinic_pages",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.context.clinic",
                "portal.context.menus",
                "portal.dashboards.navigation.navigation",
            ],
        },
    }
]
COTTON_DIR = "cotton"
FORM_RENDERER = "portal.renderers.HouseRenderer"

# --- Database -------------------------------------------------------------------

# Empty: development and tests use the embedded PostgreSQL.
DATABASE_URL = read("DATABASE_URL")
DATABASES = {
    "default": database(
        role_url(DATABASE_URL or "postgres:///medconsult", PROGRAM), PROGRAM
    )
}

# --- People and sessions --------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "portal.backends.SignInBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "portal.passwords.LongEnough"},
    {"NAME": "portal.passwords.HardToGuess"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/portal/"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "portal.sessions"
# How long nobody may do anything before a session ends, and how long it lasts at most,
# in seconds. docs/decisions/0013-sessions.md.
SESSION_IDLE_SECONDS_STAFF = read_int("SESSION_IDLE_SECONDS_STAFF", 15 * 60)
SESSION_IDLE_SECONDS_PATIENT = read_int("SESSION_IDLE_SECONDS_PATIENT", 30 * 60)
SESSION_ABSOLUTE_SECONDS_STAFF = read_int("SESSION_ABSOLUTE_SECONDS_STAFF", 12 * 3600)
SESSION_ABSOLUTE_SECONDS_PATIENT = read_int(
    "SESSION_ABSOLUTE_SECONDS_PATIENT", 24 * 3600
)
# In how many browsers somebody may be signed in; signing in once more ends the one that
# was unused for longest.
SESSIONS_AT_ONCE = read_int("SESSIONS_AT_ONCE", 8)
# Recognises a browser in which somebody signed in before; it opens nothing.
DEVICE_COOKIE_NAME = "device"
DEVICE_COOKIE_AGE = 365 * 24 * 60 * 60
# What a visitor who is not signed in did so far is kept this long.
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

ACCOUNT_ADAPTER = "portal.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {
    "login": "accounts.sign_in.forms.SignInForm",
    "signup": "accounts.sign_in.forms.SignUpForm",
    "confirm_login_code": "accounts.sign_in.forms.SignInCodeForm",
    "confirm_email_verification_code": "accounts.sign_in.forms.VerificationCodeForm",
    "confirm_password_reset_code": "accounts.sign_in.forms.ResetCodeForm",
    "reset_password": "accounts.sign_in.forms.ResetForm",
    "reset_password_from_key": "accounts.sign_in.forms.NewPasswordForm",
    "set_password": "accounts.sign_in.forms.SetPasswordForm",
    "change_password": "accounts.sign_in.forms.ChangePasswordForm",
    "add_email": "accounts.sign_in.forms.ChangeEmailForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.split(":", 1)[0]
# Counted in the shared cache. The second window of a key keeps guessing slow without
# locking the owner out for longer than a quarter of an hour.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "20/m/ip,5/5m/key",
    # Codes that we send: by address here, by account in portal/limits/queries.py.
    "request_login_code": "20/m/ip",
    "reset_password": "20/m/ip",
    # Of sign-ins by password to an address that was never proved: each sends a code.
    "confirm_email": "6/m/key,20/15m/key",
    # Second factors: by address here, by account in accounts.factors.models.Tries.
    "factor": "40/5m/ip",
    "factor_code": "40/m/ip",
    # Proofs of who sits there, by session; five wrong ones in a row end it.
    "step_up": "10/m/key",
    # A new password that is too short is no try at anything; a wrong old one is counted
    # as a wrong proof.
    "change_password": "",
    # A reference stands between a stranger and a visit: guessing birth dates is slow.
    "find_booking": "10/m/ip,10/h/key",
    # The same at the door, where many share the clinic's address.
    "check_in": "40/m/ip,10/h/key",
    # Of patients by name or number and birth date, in an emergency.
    "emergency_access": "10/10m/user",
    # Of patients by number and birth date, by who wants to act for them.
    "ask_to_act": "10/h/user",
    # Of links to one's data by guests: each sends a mail.
    "guest_link": "20/m/ip,3/m/key,8/h/key",
}
# How many servers in front add to X-Forwarded-For; production says one.
ALLAUTH_TRUSTED_PROXY_COUNT = 0

# All limits of portal/limits/queries.py times this; tests and measurements widen them.
RATE_LIMIT_FACTOR = float(read("RATE_LIMIT_FACTOR", "1"))

# Minutes that emergency access to one patient lasts (an hour at most), how often one
# person may use it in 24 hours, and whether the patient is told at once.
EMERGENCY_ACCESS_MINUTES = read_int("EMERGENCY_ACCESS_MINUTES", 60)
EMERGENCY_ACCESS_A_DAY = read_int("EMERGENCY_ACCESS_A_DAY", 6)
EMERGENCY_TELL_PATIENT = read_bool("EMERGENCY_TELL_PATIENT", True)

# --- Accounts elsewhere ---------------------------------------------------------

SOCIALACCOUNT_ADAPTER = "portal.adapters.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = providers()
# An account elsewhere never opens one here because the addresses are the same: one
# signs in here first and links it.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# Methods that the clinic's own provider may name (amr) for a sign-in that needs no
# second step here, such as "mfa,hwk". Empty: the step is always asked for.
OIDC_TRUSTED_AMR = read_list("OIDC_TRUSTED_AMR")

# --- Second factors -------------------------------------------------------------

OTP_WEBAUTHN_RP_ID = urlsplit(SITE_URL).hostname
OTP_WEBAUTHN_RP_NAME = "MedConsult"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE_URL]
OTP_WEBAUTHN_HELPER_CLASS = "accounts.passkeys.PasskeyHelper"
OTP_WEBAUTHN_EXCEPTION_LOGGER_NAME = "accounts.passkeys"

# --- Words, times, files --------------------------------------------------------

LANGUAGE_CODE = "en-gb"
# Numbers that people type without a country code are of this region (ISO 3166).
PHONE_REGION = read("PHONE_REGION", "GB")
LANGUAGES = [("en", "English")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(read("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
# The server in front hands out pictures; the demo and tests have none in front.
SERVE_MEDIA = False
MEDIA_ROOT = Path(read("MEDIA_ROOT", str(VAR_DIR / "media")))
CLINICAL_ROOT = Path(read("CLINICAL_ROOT", str(VAR_DIR / "clinical")))
AUDIT_HEADS_ROOT = Path(read("AUDIT_HEADS_ROOT", str(VAR_DIR / "audit-heads")))
# Where `manage.py backup` writes, and what seals it: written as ENCRYPTION_KEYS is.
BACKUP_ROOT = Path(read("BACKUP_ROOT", str(VAR_DIR / "backups")))
BACKUP_KEY = read("BACKUP_KEY")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    # Clinical files, sealed, on a disk or in a bucket. Nothing in here has an address.
    "clinical": clinical_storage(CLINICAL_ROOT),
    # Heads of the access log, where a rewrite of the database can't reach them. Best a
    # disk, or a bucket, that only grows.
    "audit_heads": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": AUDIT_HEADS_ROOT, "base_url": None},
    },
}
# Sign the heads: the first signs, all are accepted.
AUDIT_SIGNING_KEYS = read_list("AUDIT_SIGNING_KEYS") or [
    SECRET_KEY,
    *SECRET_KEY_FALLBACKS,
]
# For how many years the access log is kept: six at least (45 CFR 164.316(b)(2)).
AUDIT_KEEP_YEARS = read_int("AUDIT_KEEP_YEARS", 7)
# So many days after a visit its patient is asked what it was like (0: nobody is), and
# from so many reviews on those of a doctor are shown.
REVIEW_ASK_DAYS = read_int("REVIEW_ASK_DAYS", 2)
REVIEWS_SHOWN_FROM = read_int("REVIEWS_SHOWN_FROM", 5)
# For how many years after the last visit a record is kept, and payments after the end
# of their year; docs/retention.md has the laws.
RECORDS_KEEP_YEARS = read_int("RECORDS_KEEP_YEARS", 8)
MONEY_KEEP_YEARS = read_int("MONEY_KEEP_YEARS", 6)
# clamd, tcp://host:3310 or unix:///path. With one, files wait until it has seen them.
CLAMAV_ADDRESS = read("CLAMAV_ADDRESS")
# The largest request there is: a scanned document. deploy/nginx.conf says the same.
MAX_REQUEST_BODY = 30_000_000
# Of a file that is sent in parts: how large they are, and how large one may be.
UPLOAD_PART = 500_000
MAX_UPLOAD_PART = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- Cache ----------------------------------------------------------------------

REDIS_URL = read("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {
        # Shared by all processes, so rate limits and the worker's heartbeat are true.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    },
    "nowhere": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    # Free times, per process, for less than a second.
    "live": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "live",
        "OPTIONS": {"MAX_ENTRIES": 200},
    },
    # Rendered pages, per process; keyed by the content's version.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# --- Live pages -----------------------------------------------------------------

# Where the program with the sockets answers (portal.asgi), as an address of http or
# https: that of the site where the server in front passes /live/ on. Empty: no sockets,
# and pages ask from time to time.
LIVE_URL = read("LIVE_URL").rstrip("/")
CHANNEL_LAYERS = {"default": {"BACKEND": "portal.sockets.layer.NotifyLayer"}}

# --- Jobs and events ------------------------------------------------------------

EVENT_SUBSCRIPTIONS = SUBSCRIPTIONS
# A copy of somebody's data that takes longer is made by more than one job.
EXPORT_PART_SECONDS = read_int("EXPORT_PART_SECONDS", 25)
Q_CLUSTER: dict[str, Any] = {
    # Its processes would write their state into the shared cache twice a second.
    "cache": "nowhere",
    "name": "medconsult",
    "orm": "default",
    "broker_class": "portal.job_queue.Queue",
    "workers": read_int("WORKERS", 2),
    "timeout": read_int("JOB_TIMEOUT", 60),
    # Must exceed the timeout, or a slow job would be handed out twice.
    "retry": read_int("JOB_RETRY", 120),
    # The default would try for ever.
    "max_attempts": 5,
    "catch_up": False,
    "ack_failures": False,
    "save_limit": 250,
    "poll": 0.2,
}
# Whether this is the CMS's program, whose pages carry scripts and frames of its own.
IN_CMS = False
# Whether jobs run in the program that asks for them; the CMS's may not use the queue.
JOBS_AT_ONCE = False
TASKS = {"default": {"BACKEND": "foundation.task_backend.DjangoQ2Backend"}}

# --- Messages -------------------------------------------------------------------

# smtp://user:password@host:587?tls=True, or empty: e-mail is "not configured".
EMAIL_URL = read("EMAIL_URL")
# The CMS sends its own messages; without a server they go nowhere, without an error.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if EMAIL_URL:
    vars().update(environ.Env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = read("DEFAULT_FROM_EMAIL", "clinic@example.com")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Any Anymail backend instead of SMTP, such as anymail.backends.postmark.EmailBackend.
ANYMAIL_BACKEND = read("ANYMAIL_BACKEND")
if ANYMAIL_BACKEND:
    EMAIL_BACKEND = ANYMAIL_BACKEND
# Its keys: ANYMAIL_POSTMARK_SERVER_TOKEN and so on. With ANYMAIL_WEBHOOK_SECRET
# ("user:password") the provider reports to /webhooks/anymail/<provider>/tracking/.
ANYMAIL = read_all("ANYMAIL_", besides={"ANYMAIL_BACKEND"})

# Hosts of imported calendars that may be private, such as the clinic's own Exchange.
CALENDAR_HOSTS_INSIDE = read_list("CALENDAR_HOSTS_INSIDE")

# Wall times in the receiver's zone between which text messages wait, unless urgent.
QUIET_HOURS = (read("QUIET_FROM", "21:00"), read("QUIET_UNTIL", "08:00"))
# Whether /dev/outbox/ shows every message; only `make run` and tests switch it on.
DEV_OUTBOX = False

USE_SMS = read_bool("USE_SMS")
TWILIO_ACCOUNT_SID = read("TWILIO_ACCOUNT_SID")
TWILIO_AUTH_TOKEN = read("TWILIO_AUTH_TOKEN")
TWILIO_FROM = read("TWILIO_FROM")
TWILIO_API_BASE = read("TWILIO_API_BASE")

# --- Money ----------------------------------------------------------------------

STRIPE_SECRET_KEY = read("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRETS = read_list("STRIPE_WEBHOOK_SECRETS")
# Set by `make run` to the loopback payment sandbox; empty means Stripe itself.
STRIPE_API_BASE = read("STRIPE_API_BASE")

# --- The CMS --------------------------------------------------------------------

WAGTAIL_SITE_NAME = "MedConsult"
# A program of its own, on a host of its own: see portal.settings.cms.
CMS_PORT = read("CMS_PORT", str(read_int("PORT", 8000) + 2))
CMS_URL = read("CMS_URL", f"http://cms.localhost:{CMS_PORT}").rstrip("/")
CMS_SECRET_KEY = read("CMS_SECRET_KEY", "not-secret-either-for-development-and-tests-1")
# Seconds after which an editor who does nothing, or came in long ago, comes in anew.
CMS_IDLE_SECONDS = read_int("CMS_IDLE_SECONDS", 15 * 60)
CMS_SESSION_SECONDS = read_int("CMS_SESSION_SECONDS", 12 * 60 * 60)
# Where the CMS fetches the live parts of a preview; empty: at SITE_URL.
SITE_INTERNAL_URL = read("SITE_INTERNAL_URL").rstrip("/")
# Whose addresses the names in public pages mean, in previews in the CMS too; and those
# in the CMS's own mails.
SITE_URLCONF = ROOT_URLCONF
CMS_URLCONF = "portal.cms.urls"
# Whether live parts are fetched from the site as a stranger instead of being called.
FETCH_FRAGMENTS = False
WAGTAILADMIN_BASE_URL = CMS_URL
# Those that browsers know too: others stop the scripts of the page that offers them.
WAGTAIL_USER_TIME_ZONES = ["UTC", *zone_names()]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {"WIDGET": "clinic_pages.prose_area.ProseArea"}
}
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILADMIN_LOGIN_URL = "/account/sign-in/"
WAGTAIL_FRONTEND_LOGIN_URL = "/account/sign-in/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILDOCS_EXTENSIONS = ["pdf"]
WAGTAILDOCS_DOCUMENT_FORM_BASE = "clinic_pages.uploads.PdfForm"
WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif"]
WAGTAILIMAGES_IMAGE_FORM_BASE = "clinic_pages.uploads.PictureForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
# Read from the header; foundation.inspection.limits has narrower ones by format.
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 60_000_000
WAGTAILIMAGES_FORMAT_CONVERSIONS = {"avif": "avif", "webp": "webp"}
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []
WAGTAIL_AUTO_UPDATE_PREVIEW_INTERVAL = 500
WAGTAIL_FINISH_WORKFLOW_ACTION = "clinic_pages.workflow.publish_approved"
WAGTAILIMAGES_IMAGE_MODEL = "clinic_pages.Picture"
# Parts of other apps that pages may host, by URL name, with the editors' words.
PAGE_FRAGMENTS = {
    "booking:directory": "The list of doctors with its filters",
    "booking:next_free": "The next open times",
}
WAGTAILSEARCH_BACKENDS = {
    "default": {
        "BACKEND": "wagtail.search.backends.database",
        "SEARCH_CONFIG": "english",
    }
}

# --- What browsers may do -------------------------------------------------------

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        # Older browsers do not count sockets of the own host among their own.
        "connect-src": [SELF, *([f"ws{LIVE_URL[4:]}"] if LIVE_URL else [])],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Checkout, and the CMS, are reached by redirects after a form, which Chromium
        # checks too.
        "form-action": [
            SELF,
            CMS_URL,
            "https://checkout.stripe.com",
            *filter(None, [STRIPE_API_BASE]),
            # So are the pages of those with whom one signs in.
            *origins(SOCIALACCOUNT_PROVIDERS),
        ],
        "frame-ancestors": [NONE],
        "report-uri": ["/policy-reports/"],
        "report-to": ["csp"],
    },
}
# Origins whose scripts may call /api/, each with its scheme. None unless set.
CORS_ALLOWED_ORIGINS = read_list("CORS_ALLOWED_ORIGINS")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Logs -----------------------------------------------------------------------

LOG_LEVEL = read("LOG_LEVEL", "INFO")
LOGGING = log_settings(read("LOG_FORMAT", "plain"), LOG_LEVEL)

# --- What others may know of how it runs ------------------------------------------

# Whom to tell of a weakness: mailto: or https:, in /.well-known/security.txt.
SECURITY_CONTACT = read_list("SECURITY_CONTACT")
# Who may read /metrics: programs with the token, and those at an address in one of the
# networks. Without either there is no such page.
METRICS_TOKEN = read("METRICS_TOKEN")
METRICS_NETWORKS = read_list("METRICS_NETWORKS")
# Where failures are reported; empty: nowhere, and the library is not even loaded.
SENTRY_DSN = read("SENTRY_DSN")
SENTRY_ENVIRONMENT = read("SENTRY_ENVIRONMENT", "production")

SILENCED_SYSTEM_CHECKS: list[str] = []
