"""Where the programs' lines go, and how they look: portal.logs makes them."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

FORMATS = ("plain", "json")


def log_settings(form: str, level: str) -> dict[str, Any]:
    """Python's logging settings for lines in `form` (plain or json), from `level` on.

    Raises ImproperlyConfigured for a form that there is not.
    """
    if form not in FORMATS:
        raise ImproperlyConfigured("LOG_FORMAT is neither plain nor json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "portal.logs.plain_lines"},
            "json": {"()": "portal.logs.json_lines"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # One line for each request, where programs read them; people would drown.
            "portal.requests": {"level": "INFO" if form == "json" else "WARNING"},
            # These come with handlers of their own, whose lines would look different;
            # one of them sends letters with the whole request in them.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "gunicorn.error": {
                "level": "WARNING",
                "handlers": ["console"],
                "propagate": False,
            },
            # Several lines a job would drown the failures.
            "django-q": {"level": "WARNING"},
            # Warns of every HEAD request, whose body it rightly drops.
            "gunicorn.http.wsgi": {"level": "ERROR"},
            # They tell each step of each page.
            "weasyprint": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
        },
    }
