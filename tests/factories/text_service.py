"""A loopback stand-in that speaks the part of Twilio's wire format that we use."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers import serving

ACCOUNT = "AC00000000000000000000000000000001"
TOKEN = "loopback-token"


@dataclass
class TextService:
    """`sent` in order. `refusals` maps a number to (HTTP status, Twilio's code).

    It thinks for `pause` seconds before it takes a text, and again before it says so.
    """

    base: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    refusals: dict[str, tuple[int, int]] = field(default_factory=dict)
    pause: float = 0.0


class _Handler(BaseHTTPRequestHandler):
    service: TextService

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        form = _single(self.rfile.read(size).decode())
        if not self._is_known():
            self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return
        status, code = self.service.refusals.get(form["To"], (201, 0))
        if code or status >= 400:
            self._answer(status, {"code": code, "message": "No", "status": status})
            return
        time.sleep(self.service.pause)
        form["sid"] = f"SM{len(self.service.sent):032}"
        self.service.sent.append(form)
        time.sleep(self.service.pause)
        self._answer(201, _resource(form))

    def do_GET(self) -> None:
        query = _single(urlsplit(self.path).query)
        self.service.asked.append(query)
        found = [_resource(m) for m in self.service.sent if m["To"] == query["To"]]
        self._answer(200, {"messages": found, "next_page_uri": None, "page": 0})

    def _is_known(self) -> bool:
        expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        given = self.headers.get("Authorization")
        return given == f"Basic {expected}" and self.path == path

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Be quiet."""


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _resource(form: dict[str, str]) -> dict[str, Any]:
    return {
        "sid": form["sid"],
        "to": form["To"],
        "from": form["From"],
        "body": form["Body"],
        "status": "queued",
        "error_code": None,
    }


@contextmanager
def text_service() -> Iterator[TextService]:
    """Run one in a thread until the block ends."""
    service = TextService()
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    service.base = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield service
