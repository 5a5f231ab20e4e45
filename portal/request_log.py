"""What runs, on every line of the logs: the id of the request, or the job.

One line tells of each request how it ended.
"""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any

from django.core.signals import request_finished
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_q.signals import post_execute_in_worker, pre_execute
from structlog.contextvars import (
    bind_contextvars,
    clear_contextvars,
    reset_contextvars,
)

from portal.logs import user_of, view_of
from portal.metrics.services import count_request
from portal.middleware import METHODS

log = logging.getLogger("portal.requests")

_REQUEST: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
# What the lines carried before the job began.
_JOB: ContextVar[Mapping[str, Token[Any]]] = ContextVar("job")


class RequestLog:
    """The outermost layer: gives each request its id, and tells how it ended.

    The id is ours alone: one that a visitor sends along is not believed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        request_id = uuid.uuid4().hex
        # The access log takes it from here.
        request.log_id = request_id  # type: ignore[attr-defined]
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        _REQUEST.set(request)
        response = self.get_response(request)
        # What people quote when something went wrong leads to its lines.
        response.headers.setdefault("X-Request-ID", request_id)
        seconds = time.perf_counter() - begun
        view = view_of(request)
        line = {
            "method": request.method if request.method in METHODS else "OTHER",
            "view": view,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
            "user": user_of(request),
        }
        log.info("request", extra=line)
        count_request(view=view, status=response.status_code, seconds=seconds)
        return response


def current_request() -> HttpRequest | None:
    """The request whose lines are written now; None in jobs and commands."""
    return _REQUEST.get()


def _request_ended(**_: Any) -> None:
    """The answer has been sent to its last byte; the thread is free for another."""
    clear_contextvars()
    _REQUEST.set(None)


# --- Jobs -----------------------------------------------------------------------------


def _job_begins(task: dict[str, Any], **_: Any) -> None:
    ids = {n: v for n, v in task.get("kwargs", {}).items() if type(v) is int}
    _JOB.set(bind_contextvars(job=str(task["func"]), job_id=task["id"], **ids))


def _job_ends(**_: Any) -> None:
    # One that a request ran at once leaves it the request's own words.
    reset_contextvars(**_JOB.get({}))
    _JOB.set({})


def watch() -> None:
    """Keep the context of lines true to what runs. Called once."""
    request_finished.connect(_request_ended, dispatch_uid="portal.logs")
    pre_execute.connect(_job_begins, dispatch_uid="portal.logs")
    post_execute_in_worker.connect(_job_ends, dispatch_uid="portal.logs")
