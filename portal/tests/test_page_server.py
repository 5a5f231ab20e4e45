"""The real server with the real settings, over raw sockets."""

import socket
import time
from contextlib import closing

import pytest

from portal.page_server import OWN
from tests.servers import running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FORM = b"login=ann%40example.org"


def whole_answer(port: int, *lines: str, body: bytes = b"") -> str:
    """Send one request as it stands, say no more, and return all that comes back."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as link:
        head = "\r\n".join([*lines, "Host: localhost", "Connection: close", "", ""])
        link.sendall(head.encode() + body)
        link.shutdown(socket.SHUT_WR)
        return link.makefile("rb").read().decode()


def ask(port: int, *lines: str, body: bytes = b"") -> str:
    """The status line alone."""
    return whole_answer(port, *lines, body=body).partition("\r\n")[0]


def test_the_page_server_refuses_what_is_not_whole():
    post = ("POST /account/login/ HTTP/1.1",)
    form = "Content-Type: application/x-www-form-urlencoded"
    length = f"Content-Length: {len(FORM)}"
    with running_web() as port:
        assert ask(port, "GET /healthz HTTP/1.1") == "HTTP/1.1 200 OK"
        # Whole, so it comes as far as the check of its form token.
        whole = ask(port, *post, form, length, body=FORM)
        assert whole == "HTTP/1.1 403 Forbidden"
        for missing in (1, 4, len(FORM)):
            short = ask(port, *post, form, length, body=FORM[: len(FORM) - missing])
            assert short == "HTTP/1.1 400 Bad Request"
        chunks = b"17\r\n" + FORM + b"\r\n0\r\n\r\n"
        chunked = ask(port, *post, form, "Transfer-Encoding: chunked", body=chunks)
        assert chunked == "HTTP/1.1 411 Length Required"
        large = ask(port, *post, form, "Content-Length: 30000001", body=FORM)
        assert large == "HTTP/1.1 413 Request Entity Too Large"
        traced = ask(port, "TRACE / HTTP/1.1")
        assert traced == "HTTP/1.1 405 Method Not Allowed"
        smuggled = ask(port, *post, length, "Transfer-Encoding: chunked", body=chunks)
        assert smuggled == "HTTP/1.1 400 Bad Request"
        _own_answers(port, length)
        # Nobody says what serves the pages, here or where Django answers.
        page = whole_answer(port, "GET /healthz HTTP/1.1")
        assert page.startswith("HTTP/1.1 200")
        assert "\r\nserver:" not in page.lower()
        assert "\r\nDate:" in page


def test_who_sends_too_much_reads_so_at_once():
    """Also whoever reads no answer before they have sent all."""
    size = 60_000_000
    with running_web() as port:
        began = time.monotonic()
        with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as link:
            link.sendall(
                f"POST /account/sign-in/ HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Length: {size}\r\n\r\n".encode()
            )
            link.sendall(bytes(size))
            said = link.makefile("rb").read().decode()
        assert said.startswith("HTTP/1.1 413 ")
        assert "\r\nConnection: close\r\n" in said
        assert "Send at most 30 MB at once." in said
        assert time.monotonic() - began < 15


def _own_answers(port: int, length: str) -> None:
    """What never reaches Django is answered with all that other answers carry, and
    repeats nothing."""
    secret = "diagnosis"
    unread = {
        "414": (f"GET /{secret * 1000} HTTP/1.1",),
        "431": ("GET / HTTP/1.1", f"X-Long: {secret * 1000}"),
        "501": ("POST / HTTP/1.1", f"Transfer-Encoding: {secret}"),
        "417": ("POST / HTTP/1.1", length, f"Expect: {secret}"),
    }
    bad = [
        (f"GET / {secret}/9",), (f"G<T /{secret} HTTP/1.1",),
        ("GET / HTTP/1.1", f"X {secret}: 1"), ("GET / HTTP/1.1", f": {secret}"),
    ]  # fmt: skip
    for status, lines in [*unread.items(), *(("400", lines) for lines in bad)]:
        said = whole_answer(port, *lines)
        head, _, words = said.partition("\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} "), lines
        assert set(head.split("\r\n")[1:]) == {
            *(f"{name}: {value}" for name, value in OWN.items()),
            f"Content-Length: {len(words)}",
        }
        assert words == "The request can't be read. Nothing was done.\n"
