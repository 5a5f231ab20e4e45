"""How a line of the programs' logs looks.

JSON in production, words in development (LOG_FORMAT). A line says which view answered,
never which address was asked for: addresses hold ids, and what people typed.
"""

import logging
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty
from structlog.typing import EventDict, Processor

from portal.masking import masked

# The fields of an access line. Nothing else that a record carries is written.
FIELDS = {"method", "view", "status", "milliseconds", "user"}


def json_lines() -> logging.Formatter:
    """One JSON object a line: timestamp (UTC), level, logger, event, request_id or job,
    and `exception` with the traceback of an error."""
    return _formatter(
        structlog.processors.format_exc_info,
        _without_people,
        structlog.processors.JSONRenderer(),
    )


def plain_lines() -> logging.Formatter:
    """For a person at a terminal: time, level, logger, words; then what JSON has."""
    return _formatter(structlog.processors.format_exc_info, _without_people, _plain)


def _formatter(*last: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            _name_the_view,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def _name_the_view(logger: Any, method: str, event: EventDict) -> EventDict:
    """Django says the address of a request that failed; we say the view."""
    record = event["_record"]
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        said, view = str(event["event"]), view_of(request)
        # It escapes what is no ASCII, and ends its sentence with the address.
        for address in (request.path, request.path.encode("unicode_escape").decode()):
            if said.endswith(address):
                said = said.removesuffix(address) + view
            elif len(address) > 1:
                said = said.replace(address, view)
        event["event"] = said
        # What was refused as it should be has no fault to trace.
        if record.levelno < logging.ERROR:
            event.pop("exc_info", None)
    return event


def _without_people(logger: Any, method: str, event: EventDict) -> EventDict:
    for name in ("event", "exception"):
        if name in event:
            event[name] = masked(str(event[name]))
    return event


def _plain(logger: Any, method: str, event: EventDict) -> str:
    first = " ".join(
        str(event.pop(name)) for name in ("timestamp", "level", "logger", "event")
    )
    told = event.pop("exception", "")
    rest = " ".join(f"{name}={value}" for name, value in event.items())
    return "\n".join(filter(None, [f"{first} {rest}".rstrip(), told]))


def view_of(request: HttpRequest) -> str:
    """The name of the view that answers; "none" where there is none."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name) if match else "none"


def user_of(request: HttpRequest) -> str:
    """The public id of who asks, which tells nothing without the database. Empty for
    visitors, and where nobody was loaded yet: a log line loads nobody."""
    user: Any = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped") is empty:
        return ""
    if user is None or not user.is_authenticated:
        return ""
    return str(user.public_id)
