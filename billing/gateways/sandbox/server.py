"""HTTP on the loopback interface."""

import json
import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from billing.gateways.sandbox import api, controls, hosted, pages, refunds, sessions
from billing.gateways.sandbox.engine import Action, Config, Sandbox
from billing.gateways.sandbox.wire import ApiError, Object, parse_form

log = logging.getLogger("sandbox")

ACTIONS: dict[str, Action] = {
    "expire_session": sessions.expire_in_time,
    "settle_intent": sessions.follow_late,
    "settle_refund": refunds.settle,
}
MAX_BODY_BYTES = 256 * 1024
# The pages need one style sheet and nothing else.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' {origins}"
)


class Server(ThreadingHTTPServer):
    """One sandbox behind one loopback port. `serve()` blocks; `close()` ends it."""

    daemon_threads = True
    # Many clients at once are part of what is tested.
    request_queue_size = 128

    def __init__(self, config: Config, *, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.sandbox = Sandbox(config, ACTIONS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            log.exception("a request failed")

    def serve(self) -> None:
        self.sandbox.start()
        self.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self.sandbox.stop()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "PaymentSandbox"
    sys_version = ""
    # An idle connection is let go, so that it does not keep its thread.
    timeout = 60

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, format: str, *args: Any) -> None:
        # Only the path: a query or a body could hold what somebody typed.
        log.debug("%s %s", self.command, urlsplit(self.path).path)

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        try:
            body = self._body()
        except ValueError:
            self._send(413, b"Too much.", "text/plain")
            return
        if parts.path.startswith("/v1/"):
            self._api(method, parts.path, parts.query, body)
        elif parts.path.startswith("/sandbox/") and method == "POST":
            self._control(parts.path.removeprefix("/sandbox/"), body)
        elif parts.path == "/sandbox.css":
            self._send(200, pages.STYLES, "text/css; charset=utf-8")
        elif parts.path == "/healthz":
            self._send_json(200, {"ok": True})
        else:
            self._page(method, parts.path, parts.query, body)

    def _body(self) -> str:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            raise ValueError("body too large")
        return self.rfile.read(length).decode("utf-8", "replace")

    def _secret(self) -> str:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ")

    def _api(self, method: str, path: str, query: str, body: str) -> None:
        try:
            request = api.Request(
                method=method,
                path=path,
                params=parse_form(body if method == "POST" else query),
                body=body,
                key=self.headers.get("Idempotency-Key") or "",
                secret=self._secret(),
                version=self.headers.get("Stripe-Version") or "",
            )
        except ApiError as error:
            self._send_json(error.status, error.body())
            return
        try:
            response = api.answer(self.server.sandbox, request)
        except api.AnswerLost:
            self.close_connection = True
            self.connection.close()
            return
        self._send_json(response.status, response.body, response.headers)

    def _control(self, name: str, body: str) -> None:
        sandbox = self.server.sandbox
        try:
            if self._secret() != sandbox.config.secret_key:
                raise ApiError("Controls need the sandbox's key.", status=401)
            params = json.loads(body or "{}")
            self._send_json(200, controls.run(sandbox, name, params))
        except ApiError as error:
            self._send_json(error.status, error.body())
        except ValueError:
            self._send_json(400, ApiError("Not JSON.").body())

    def _page(self, method: str, path: str, query: str, body: str) -> None:
        sandbox = self.server.sandbox
        try:
            page = _page_for(sandbox, method, path, query, body)
        except ApiError as error:
            page = hosted.not_found(sandbox, error)
        headers = {
            "Content-Security-Policy": POLICY.format(origins=" ".join(page.leads_to)),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if page.location:
            headers["Location"] = page.location
        kind = "text/html; charset=utf-8"
        self._send(page.status, page.html.encode(), kind, headers)

    def _send_json(
        self, status: int, body: Object, headers: dict[str, str] | None = None
    ) -> None:
        data = json.dumps(body).encode()
        self._send(status, data, "application/json", headers)

    def _send(
        self,
        status: int,
        data: bytes,
        kind: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def _page_for(
    sandbox: Sandbox, method: str, path: str, query: str, body: str
) -> hosted.Page:
    typed = parse_form(body)
    where, _, object_id = path.strip("/").rpartition("/")
    if where == "c/pay" and method == "GET":
        return hosted.show_pay(sandbox, object_id, parse_form(query))
    if where == "c/pay":
        return hosted.take_pay(sandbox, object_id, typed)
    if where == "c/confirm" and method == "GET":
        return hosted.show_challenge(sandbox, object_id)
    if where == "c/confirm":
        return hosted.take_challenge(sandbox, object_id, typed)
    if path == "/" and method == "GET":
        return hosted.Page(200, pages.index_page(sandbox))
    raise ApiError("No such page.", status=404)
