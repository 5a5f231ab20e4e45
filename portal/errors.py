"""The answer to what nobody caught: 503 while the database is away, 500 for the rest.

Django turns an exception into an answer at whichever layer it left, so no middleware
sees them all; what it asks for the answer is this. Named in the URLconfs of both
programs (`handler500`), under WSGI and ASGI alike.
"""

import sys

import psycopg
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views.defaults import server_error

from foundation.problems import problem
from portal.limits.views import typed_fields

# A database that was started anew is back sooner; nobody should knock in between.
RETRY_SECONDS = 15
SAFE = {"GET", "HEAD", "OPTIONS"}
WORDS = "The database does not answer. Whether anything was done is not known."
# The last two are of a server that has just become another's copy, and of one that hung
# up on us; the driver files them elsewhere.
_AWAY = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not be asked, or had no time: it may be right again in
    a moment. Not what it refuses to store."""
    while isinstance(error, Error | psycopg.Error):
        if isinstance(error, _AWAY):
            return True
        # Within a transaction that was broken off, the first error is what counts.
        error = error.__cause__
    return False


def answer_to_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, which is how it is known here."""
    if is_outage(sys.exception()):
        return outage(request)
    return server_error(request)


def outage(request: HttpRequest) -> HttpResponse:
    """503 and when to come again, without asking the database for anything.

    It never says that nothing was done: an answer may have been lost after it was. A
    form comes back with all that was typed, under the key it had, so that sending it
    again does nothing twice.
    """
    if _is_program(request):
        response = problem(503, WORDS)
    else:
        is_form = request.method not in SAFE
        page = render_to_string(
            "outage.html",
            {
                "is_form": is_form,
                "again": request.get_full_path(),
                "fields": typed_fields(request) if is_form else [],
                "csrf_token": get_token(request) if is_form else "",
            },
        )
        response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "private, no-store"
    return response


def _is_program(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    wants = "json" in accepted and "html" not in accepted
    return wants or (request.content_type or "").endswith("json")
