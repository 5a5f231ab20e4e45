"""What is refused before any view runs, and what is said where one cannot go on."""

import logging
import shutil
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    QueryDict,
)
from django.http.request import UnreadablePostError
from django.shortcuts import render

from foundation.outages import PAUSE_SECONDS, Away
from portal.bare_pages import bare_page

log = logging.getLogger(__name__)

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
IN_MEMORY = 1_000_000


class WholeRequests:
    """Lets a request through only when it arrived whole and is one we know.

    The application server hands over what it got when a client drops off in the middle
    of a form, and Django parses that: a booking would be stored with half its reason.
    So the body is read and measured here. Refuses with 400 a body shorter than its
    Content-Length, with 411 one that does not say its length, with 413 one larger than
    MAX_REQUEST_BODY (a part of a file: MAX_UPLOAD_PART) before it is read, with 405
    methods such as TRACE.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return _plain("The request does not say how long it is.", status=411)
        length = str(request.META.get("CONTENT_LENGTH") or 0)
        if not (length.isascii() and length.isdigit()):
            raise BadRequest("The request does not say how long it is.")
        declared = int(length)
        most = _most(request)
        if declared > most:
            megabytes = most // 1_000_000
            return _too_large(request, f"Send at most {megabytes} MB at once.")
        try:
            arrived = _read_body(request, declared)
        except UnreadablePostError:
            arrived = -1
        if arrived != declared:
            raise BadRequest("The request was cut short on its way. Nothing was done.")
        return self.get_response(request)


class CleanRequests:
    """Refuses with 400 what no form, link or program of ours ever sends: NUL bytes,
    which the database cannot keep, more fields than a form has, and a page that htmx
    says it is on which has no address at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = [request.path, *_words(request.GET)]
        if request.method in WRITES:
            if request.content_type == "application/json":
                if rb"\u0000" in request.body or b"\x00" in request.body:
                    raise BadRequest("There is a NUL in the request.")
            else:
                sent += _words(request.POST)
                for _, files in request.FILES.lists():
                    sent += [file.name or "" for file in files]
        if any("\x00" in text for text in sent):
            raise BadRequest("There is a NUL in the request.")
        try:
            urlsplit(request.headers.get("HX-Current-URL", ""))
        except ValueError as error:
            raise BadRequest("The page that asks has no address.") from error
        return self.get_response(request)


class Outages:
    """Answers 503, kindly, where a view cannot go on because a service outside does not
    answer. Views that can say more catch `Away` themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if not isinstance(error, Away):
            return None
        log.warning("A page had to do without %s.", error.name)
        answer = render(request, "away.html", status=503)
        answer["Retry-After"] = str(int(PAUSE_SECONDS))
        answer["Cache-Control"] = "no-store"
        return answer


def _most(request: HttpRequest) -> int:
    """How many bytes this request may have."""
    # tus: one part of a file.
    is_part = request.content_type == "application/offset+octet-stream"
    most = settings.MAX_UPLOAD_PART if is_part else settings.MAX_REQUEST_BODY
    return int(most)


def _words(data: QueryDict) -> list[str]:
    return [text for name, values in data.lists() for text in (name, *values)]


def _read_body(request: HttpRequest, declared: int) -> int:
    """Read the whole body where views find it again; return its length in bytes."""
    if declared <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return len(request.body)
    # An upload: kept on disk, and put back as the stream that the parser reads.
    spool = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 lives on
    shutil.copyfileobj(request, spool)
    arrived = spool.tell()
    spool.seek(0)
    request._stream = spool  # type: ignore[assignment]
    request._read_started = False  # type: ignore[attr-defined]
    return arrived


def _too_large(request: HttpRequest, words: str) -> HttpResponse:
    """A page for whoever sent a form; the words alone for a program."""
    if "text/html" not in request.headers.get("Accept", ""):
        return _plain(words, status=413)
    return HttpResponse(bare_page(request, "413.html", words=words), status=413)


def _plain(text: str, *, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain")
