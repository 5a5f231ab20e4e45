"""The real server with the real settings, over raw sockets."""

import socket
from contextlib import closing

import pytest

from tests.servers import running_web

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FORM = b"login=ann%40example.org"


def ask(port: int, *lines: str, body: bytes = b"") -> str:
    """Send one request as it stands, say no more, and return the status line."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as link:
        head = "\r\n".join([*lines, "Host: localhost", "Connection: close", "", ""])
        link.sendall(head.encode() + body)
        link.shutdown(socket.SHUT_WR)
        return link.makefile("rb").readline().decode().strip()


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
