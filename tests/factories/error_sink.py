"""A server on this machine that takes failures as Sentry does: envelopes over HTTP."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli

from tests.servers import serving


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding")
        if packed:
            body = {"gzip": gzip.decompress, "br": brotli.decompress}[packed](body)
        assert self.path == "/api/7/envelope/", self.path
        assert "sentry_key=public" in self.headers["X-Sentry-Auth"]
        self.server.bodies.append(body)
        self.server.events += _events(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _events(envelope: bytes) -> list[dict[str, Any]]:
    """The events among the items, each of which says its length or ends its line."""
    _, _, rest = envelope.partition(b"\n")
    found = []
    while rest:
        head, _, rest = rest.partition(b"\n")
        header = json.loads(head)
        length = header.get("length", rest.find(b"\n"))
        payload, rest = rest[:length], rest[length + 1 :]
        if header["type"] == "event":
            found.append(json.loads(payload))
    return found


@contextmanager
def error_sink() -> Iterator[Any]:
    """The server: its `dsn`, the `events` it was told, and the raw `bodies`."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.events, server.bodies = [], []
    server.dsn = f"http://public@127.0.0.1:{server.server_address[1]}/7"
    with serving(server):
        yield server
