"""A real nginx, configured as in production, in front of our page server."""

import re
import socket
import ssl
from contextlib import closing
from types import SimpleNamespace

import pytest

from portal.promises import HEADERS
from tests.factories.front_server import (
    DEPLOY,
    NGINX,
    WITHOUT,
    Recorder,
    front_server,
)
from tests.servers import free_port, running_web, serving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(NGINX is None, reason=WITHOUT),
]

FORM = b"login=ann%40example.org"
LENGTH = f"Content-Length: {len(FORM)}"
CHUNKS = b"17\r\n" + FORM + b"\r\n0\r\n\r\n"
POST = "POST /account/login/ HTTP/1.1"
TYPE = "Content-Type: application/x-www-form-urlencoded"
# A second request, hidden in the body of the first.
HIDDEN = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answers(port, *lines, body=b"", host="localhost", ends=False):
    """Send one request as it stands; every status that comes back, and all of it. With
    `ends` the visitor is gone then."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as link:
        head = [*lines, *([f"Host: {host}"] if host else []), "", ""]
        link.sendall("\r\n".join(head).encode("latin-1") + body)
        if ends:
            link.shutdown(socket.SHUT_WR)
        said = b""
        link.settimeout(4)
        try:
            while piece := link.recv(65536):
                said += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3})", said)], said


@pytest.fixture
def front(tmp_path):
    """nginx, our page server behind it, and a recorder in place of the CMS."""
    recorder = Recorder()
    with (
        serving(recorder),
        running_web() as pages,
        front_server(tmp_path, pages=pages, desk=recorder.port) as ports,
    ):
        yield SimpleNamespace(port=ports.plain, tls=ports.tls, desk=recorder)


def test_the_front_door_hands_on_what_is_whole_and_refuses_the_rest(front):
    port, close = front.port, "Connection: close"
    status, said = answers(port, "GET /healthz HTTP/1.1", close)
    assert status == [200]
    assert re.search(rb"\r\nServer: nginx\r\n", said)
    # Whole, so it comes as far as the check of its form token; chunked ones too, which
    # nginx puts together.
    assert answers(port, POST, TYPE, LENGTH, close, body=FORM)[0] == [403]
    chunked = "Transfer-Encoding: chunked"
    assert answers(port, POST, TYPE, chunked, close, body=CHUNKS)[0] == [403]
    for method in ("TRACE", "CONNECT", "PROPFIND", "get"):
        status, _ = answers(port, f"{method} / HTTP/1.1", close)
        assert status in ([405], [400]), method
    large = answers(port, POST, TYPE, "Content-Length: 30000001", body=FORM)
    assert large[0] == [413]
    # By nginx itself, before anybody else reads a byte.
    assert b"This can't be answered" in large[1]
    assert answers(port, f"GET /{'x' * 9000} HTTP/1.1", close)[0] == [414]
    assert answers(port, "GET / HTTP/1.1", f"X: {'x' * 40000}", close)[0] == [400]
    _promised(port, close)
    _smuggled(port, close)
    _forged(front, close)
    _cut(front)


def _promised(port, close):
    """What nginx or the page server says by itself carries what pages carry, once."""
    for lines in (
        ("POST / HTTP/1.1", "Content-Length: 30000001"),
        (f"GET /{'x' * 9000} HTTP/1.1",),
        ("GET / HTTP/1.1", f"X: {'x' * 40000}"),
        ("TRACE / HTTP/1.1",),
        ("GET / HTTP/9.9",),
        ("GET /static/nothing.css HTTP/1.1",),
        ("GET /media/documents/a.pdf HTTP/1.1",),
        # These come from behind it.
        ("GET /healthz HTTP/1.1",),
        ("GET /account/sign-in/ HTTP/1.1", "X-Long: " + "x" * 8185),
    ):
        _, said = answers(port, *lines, close)
        head = said.decode().partition("\r\n\r\n")[0]
        names = [line.partition(":")[0].lower() for line in head.split("\r\n")]
        for name, value in HEADERS.items():
            if name != "Reporting-Endpoints":
                assert f"\r\n{name}: {value}".lower() in head.lower(), (lines, name)
                assert names.count(name.lower()) == 1, (lines, name)
        assert "default-src 'none'" in head, lines
        assert names.count("content-security-policy") == 1, lines
        assert b"gunicorn" not in said


def _smuggled(port, close):
    """Whatever two servers could read in two ways is one refusal."""
    for lines in (
        (LENGTH, "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", LENGTH),
        ("Content-Length: 5", "Content-Length: 50"),
        ("Content-Length: +5",),
        ("Content-Length: 5, 50",),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    ):
        status, said = answers(port, POST, TYPE, *lines, body=HIDDEN)
        assert len(status) == 1, lines
        assert status[0] in (400, 501), lines
        assert b'"ok"' not in said
    for bad in (b"zz\r\n" + FORM, b"17;x\r\n" + FORM[:-1], b"-1\r\n" + FORM):
        status, _ = answers(port, POST, TYPE, "Transfer-Encoding: chunked", body=bad)
        assert status in ([400], []), bad
    # Spelled so that one of two might overlook it, it is no length at all: the rest is
    # never the body of the first and the answer of somebody else.
    blank = answers(port, POST, TYPE, "Transfer-Encoding : chunked", close, body=HIDDEN)
    assert blank[0] in ([400], [403]), blank
    assert answers(port, "GET /healthz HTTP/1.1", close)[0] == [200]


def _forged(front, close):
    port, get = front.port, "GET / HTTP/1.1"
    assert answers(port, get, close, host="evil.example")[0] == [400]
    assert answers(port, "GET http://evil.example/ HTTP/1.1", close)[0] == [400]
    assert answers(port, get, "Host: evil.example", close)[0] == [400]
    assert answers(port, get, close, host="")[0] == [400]
    forged = (
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "Forwarded: host=evil.example",
        "X-Real-IP: 203.0.113.9",
        "X_Forwarded_For: 203.0.113.10",
    )
    assert answers(port, get, *forged, close, host="cms.localhost")[0] == [200]
    (came,) = front.desk.settled()
    lines = came.decode().lower().split("\r\n")
    heads = dict(line.split(": ", 1) for line in lines if ": " in line)
    # What is not the visitor's own word stands at the end.
    assert heads["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert heads["x-real-ip"] == "127.0.0.1"
    assert heads["x-forwarded-proto"] == "http"
    assert heads["host"] == "cms.localhost"
    assert "evil.example" not in came.decode()
    assert "203.0.113.10" not in came.decode()


def _cut(front):
    """Half a form never gets behind the door, a whole one does."""
    before = len(front.desk.settled())
    for missing in (1, 4, len(FORM)):
        short = FORM[: len(FORM) - missing]
        gone = {"host": "cms.localhost", "ends": True}
        answers(front.port, POST, TYPE, LENGTH, body=short, **gone)
        chunked = "Transfer-Encoding: chunked"
        answers(front.port, POST, TYPE, chunked, body=b"17\r\n" + short, **gone)
    assert len(front.desk.settled()) == before
    close = "Connection: close"
    answers(front.port, POST, TYPE, LENGTH, close, body=FORM, host="cms.localhost")
    assert len(front.desk.settled()) == before + 1


def shakes_hands(port, version, ciphers="ALL:@SECLEVEL=0"):
    """Whether a visitor who speaks this version alone gets in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as link:
        try:
            with context.wrap_socket(link, server_hostname="localhost") as safe:
                return safe.version() is not None
        except (ssl.SSLError, ConnectionResetError):
            return False


TLS = ssl.TLSVersion


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_and_weak_ciphers_are_refused(tmp_path):
    nobody = free_port()
    with front_server(tmp_path, pages=nobody, desk=nobody) as front:
        got_in = {
            version.name: shakes_hands(front.tls, version)
            for version in (TLS.TLSv1, TLS.TLSv1_1, TLS.TLSv1_2, TLS.TLSv1_3)
        }
        weak = [
            name
            for name in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA")
            if shakes_hands(front.tls, TLS.TLSv1_2, f"{name}:@SECLEVEL=0")
        ]
        # Nobody is behind the door: visitors read so, and programs when to come again.
        status, said = answers(front.plain, "GET / HTTP/1.1", "Connection: close")
        # Whether a form was done is not known; it is never called wrong.
        form = answers(front.plain, POST, TYPE, LENGTH, "Connection: close", body=FORM)
    assert got_in == {
        "TLSv1": False, "TLSv1_1": False, "TLSv1_2": True, "TLSv1_3": True,
    }  # fmt: skip
    assert weak == []
    assert status == [503]
    assert b"Retry-After: 30" in said
    assert b"We will be back shortly" in said
    assert form[0] == [503]
    assert b"Retry-After: 30" in form[1]


def test_no_line_says_what_was_asked_for(tmp_path):
    """Nobody is behind the door, which is when an address is quoted most."""
    recorder, nobody = Recorder(), free_port()
    said = "Connection: close", "Referer: https://localhost/?q=quillwort"
    with (
        serving(recorder),
        front_server(tmp_path, pages=nobody, desk=recorder.port) as front,
    ):
        down = answers(front.plain, "GET /visit/quillwort?q=quillwort HTTP/1.1", *said)
        desk = answers(
            front.plain, "GET /?q=quillwort HTTP/1.1", *said, host="cms.localhost"
        )
    assert (down[0], desk[0]) == ([503], [200])
    lines = (tmp_path / "access.log").read_text().splitlines()
    assert [line.split()[2:4] for line in lines] == [["GET", "503"], ["GET", "200"]]
    for log in ("access.log", "error.log"):
        assert "quillwort" not in (tmp_path / log).read_text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_control_a_door_that_lets_them_in_is_noticed(tmp_path):
    """This machine could speak what the test before says is refused."""
    nobody = free_port()
    change = ("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1 TLSv1.1;")
    ciphers = re.search(r"ssl_ciphers [^;]+;", _config())
    assert ciphers is not None
    loose = "ssl_ciphers ALL:@SECLEVEL=0;"
    with front_server(
        tmp_path,
        pages=nobody,
        desk=nobody,
        change=(f"{change[0]}\n        {ciphers[0]}", f"{change[1]}\n{loose}"),
    ) as front:
        assert shakes_hands(front.tls, TLS.TLSv1)
        assert shakes_hands(front.tls, TLS.TLSv1_1)
        assert not shakes_hands(front.tls, TLS.TLSv1_2)


def _config():
    return (DEPLOY / "nginx.conf").read_text("utf-8")
