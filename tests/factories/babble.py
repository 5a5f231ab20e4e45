"""A server on this machine that answers every question with the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Babble:
    """`said` is the whole answer, with status and headers; `asked` holds the keys under
    which it was asked to do something."""

    def __init__(self) -> None:
        self.said = (200, "text/html", b"")
        self.asked: list[str] = []
        babble = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self.rfile.read(length)
                babble.asked.append(self.headers.get("Idempotency-Key", ""))
                status, kind, body = babble.said
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def babble() -> Iterator[Babble]:
    found = Babble()
    Thread(target=found.server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()
