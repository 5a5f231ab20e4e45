"""A server outside, with a calendar of a doctor's on it."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from booking.imports.models import ImportedCalendar
from tests.servers import serving


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(dict(self.headers))
        status, headers, body = self.server.answer
        if self.headers.get("If-None-Match") == headers.get("ETag", "none"):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def outside(settings):
    """Its `answer` is (status, headers, body); `seen` what it was asked with."""
    settings.CALENDAR_HOSTS_INSIDE = ["127.0.0.1"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.answer = [], (404, {}, b"")
    server.url = f"http://127.0.0.1:{server.server_port}/private-7f3a/basic.ics"
    with serving(server):
        yield server


@pytest.fixture
def imported(calloway, clock):
    """An imported calendar of Dr Calloway's that was not read yet."""
    return ImportedCalendar.objects.create(
        doctor=calloway,
        name="University",
        address="https://calendars.example/private-7f3a/basic.ics",
        due_at=clock.at,
    )
