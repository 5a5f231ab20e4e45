"""The answer to what nobody caught: 503 while the database is away or the access log
can't be written, 400 for a request that is none, 500 for the rest.

Django turns an exception into an answer at whichever layer it left, so no middleware
sees them all; what it asks for the answer is this. Named in the URLconfs of both
programs (`handler500`, `handler400`), under WSGI and ASGI alike.
"""

import re
import sys

import psycopg
from django.db import Error, InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseServerError,
)
from django.middleware.csrf import get_token

from foundation.problems import problem
from portal.bare_pages import bare_page
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
# How PostgreSQL names what failed in the access log: its tables, or its triggers.
_LOG = re.compile(r"\baudit_(entry|seal|waiting|gather|turn)")


def is_outage(error: BaseException | None) -> bool:
    """Whether the database could not be asked, or had no time: it may be right again in
    a moment. Not what it refuses to store."""
    while isinstance(error, Error | psycopg.Error):
        if isinstance(error, _AWAY):
            return True
        # Within a transaction that was broken off, the first error is what counts.
        error = error.__cause__
    return False


def is_unlogged(error: BaseException | None) -> bool:
    """Whether no entry could be added to the access log, with whatever statement it was
    written or at the commit that seals it. Then the act was not done either, and
    whoever asked did nothing wrong."""
    while isinstance(error, Error | psycopg.Error):
        if isinstance(error, psycopg.Error) and _LOG.search(str(error)):
            return True
        error = error.__cause__
    return False


def answer_to_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, which is how it is known here."""
    error = sys.exception()
    if is_outage(error):
        return outage(request)
    return unlogged(request) if is_unlogged(error) else _failed(request)


def _failed(request: HttpRequest) -> HttpResponse:
    return HttpResponseServerError(bare_page(request, "500.html"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what was cut short or is no request of a page of ours."""
    return HttpResponseBadRequest(bare_page(request, "400.html"))


def unlogged(request: HttpRequest) -> HttpResponse:
    """503 where the access log can't be written: a form comes back as in any outage; of
    a look it is said why it is refused."""
    if request.method not in SAFE or _is_program(request):
        return outage(request)
    response = HttpResponse(bare_page(request, "503.html"), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "private, no-store"
    return response


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
        page = bare_page(
            request,
            "outage.html",
            is_form=is_form,
            again=request.get_full_path(),
            fields=typed_fields(request) if is_form else [],
            csrf_token=get_token(request) if is_form else "",
        )
        response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "private, no-store"
    return response


def _is_program(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    wants = "json" in accepted and "html" not in accepted
    return wants or (request.content_type or "").endswith("json")
