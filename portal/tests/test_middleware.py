from io import BytesIO

import pytest
from django.core.exceptions import BadRequest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from portal.middleware import WholeRequests


def echo(request: HttpRequest) -> HttpResponse:
    """A view that tells what it was given."""
    files = {name: len(file.read()) for name, file in request.FILES.items()}
    return HttpResponse(f"{dict(request.POST.items())} {files}")


@pytest.fixture
def door():
    return WholeRequests(echo)


def test_a_whole_form_reaches_the_view(door):
    request = RequestFactory().post("/", {"note": "all of it"})
    assert door(request).content == b"{'note': 'all of it'} {}"


def test_a_large_upload_reaches_the_view_whole(door, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    scan = SimpleUploadedFile("scan.pdf", b"x" * 2_000_000)
    request = RequestFactory().post("/", {"note": "scan", "file": scan})
    assert door(request).content == b"{'note': 'scan'} {'file': 2000000}"


@pytest.mark.parametrize("missing", [1, 4, 30])
def test_a_form_that_was_cut_short_is_refused(door, missing):
    body = b"note=please+call+me+before+noon"
    request = RequestFactory().post(
        "/", body, content_type="application/x-www-form-urlencoded"
    )
    with pytest.raises(BadRequest):
        door(cut(request, body[: len(body) - missing]))


def test_a_large_upload_that_was_cut_short_is_refused(door, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    scan = SimpleUploadedFile("scan.pdf", b"x" * 5000)
    request = RequestFactory().post("/", {"file": scan})
    body = request.environ["wsgi.input"].read()
    with pytest.raises(BadRequest):
        door(cut(request, body[:-1]))


def cut(request: HttpRequest, arrived: bytes) -> HttpRequest:
    """The same request, of which only these bytes arrived."""
    return type(request)({**request.environ, "wsgi.input": BytesIO(arrived)})


def test_a_body_that_is_too_large_is_refused_unread(door, settings):
    settings.MAX_REQUEST_BODY = 1000
    request = RequestFactory().post("/", {"note": "x" * 1000})
    answer = door(request)
    assert answer.status_code == 413
    assert request.environ["wsgi.input"].read(4) != b""


def test_a_form_that_is_too_large_is_answered_with_a_page(door, settings):
    settings.MAX_REQUEST_BODY = 1000
    request = RequestFactory().post("/", {"note": "x" * 1000}, HTTP_ACCEPT="text/html")
    assert "<h1>This is too large to send</h1>" in door(request).text


def test_a_body_without_a_length_is_refused(door):
    request = RequestFactory().post("/", HTTP_TRANSFER_ENCODING="chunked")
    assert door(request).status_code == 411


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_strange_methods_are_refused(door, method):
    assert door(RequestFactory().generic(method, "/")).status_code == 405
