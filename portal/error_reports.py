"""Failures, told to Sentry or what speaks as it does, where SENTRY_DSN is set.

What leaves the house is built anew from a short list of things that are known to be
about the program: kinds of errors, lines of code, names of views. Whatever is not on
the list stays here, also what later versions of the library may add to their events.
This module is loaded only where it is configured.
"""

from typing import Any

import django_q.worker
import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration, ignore_logger
from sentry_sdk.types import Event, Hint
from structlog.contextvars import get_contextvars

from portal.logs import user_of, view_of
from portal.masking import masked
from portal.request_log import current_request

WHOLE = (
    "event_id", "timestamp", "platform", "level", "logger", "sdk", "environment",
    "release", "server_name",
)  # fmt: skip
OF_FRAME = (
    "filename", "module", "function", "lineno", "in_app",
    "context_line", "pre_context", "post_context",
)  # fmt: skip
OF_HEADERS = ("Content-Type", "Content-Length")


def start(*, dsn: str, environment: str, program: str) -> None:
    """Report failures of pages and jobs to `dsn` from now on. Called once."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        server_name=program or "command",
        send_default_pii=False,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            AtexitIntegration(callback=_say_nothing),
            DedupeIntegration(),
            DjangoIntegration(
                middleware_spans=False, signals_spans=False, cache_spans=False
            ),
            ExcepthookIntegration(),
            LoggingIntegration(level=None),
        ],
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=scrubbed,
    )
    # Its lines hold whole tracebacks as words; failures of jobs are told below.
    ignore_logger("django-q")
    # django-q finds reporters among installed packages only, or here.
    django_q.worker.error_reporter = JobErrors()


class JobErrors:
    """Tells of the failure that django-q has just caught, while it is at hand."""

    def report(self) -> None:
        sentry_sdk.capture_exception()


def _say_nothing(pending: int, timeout: float) -> None:
    """The library would tell the terminal how many reports wait at the end."""


def scrubbed(event: Event, hint: Hint) -> Event:
    """A new event with what is about the program alone.

    Of errors the kind and the lines of code, not their words: `No such patient: …` is
    how errors talk. Of messages the pattern, not what was put into it. Of requests the
    method, the view and a few headers. Of people the public id.
    """
    given: dict[str, Any] = dict(event)
    kept = {name: given[name] for name in WHOLE if name in given}
    if "exception" in given:
        errors = given["exception"].get("values") or []
        kept["exception"] = {"values": [_error(one) for one in errors]}
    if "logentry" in given:
        # An error's own line, `Internal Server Error: <address>`, says no more.
        words = given["logentry"].get("message") or ""
        kept["logentry"] = {"message": masked(str(words))}
    known = get_contextvars()
    kept["tags"] = {n: str(v) for n, v in known.items() if n in ("request_id", "job")}
    request = current_request()
    if request is not None:
        kept["transaction"] = kept["tags"]["view"] = view_of(request)
        kept["request"] = {
            "method": request.method,
            "headers": {
                # Behind the kind of content a browser could write anything.
                name: masked(request.headers[name].partition(";")[0])
                for name in OF_HEADERS
                if name in request.headers
            },
        }
        if who := user_of(request):
            kept["user"] = {"id": who}
    elif "job" in known:
        kept["transaction"] = str(known["job"])
    return kept  # type: ignore[return-value]


def _error(given: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        name: given[name] for name in ("type", "module") if name in given
    }
    mechanism = given.get("mechanism") or {}
    kept["mechanism"] = {
        name: mechanism[name] for name in ("type", "handled") if name in mechanism
    }
    frames = (given.get("stacktrace") or {}).get("frames") or []
    kept["stacktrace"] = {
        "frames": [
            {name: frame[name] for name in OF_FRAME if name in frame}
            for frame in frames
        ]
    }
    return kept
