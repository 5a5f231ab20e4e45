"""gunicorn's threads, whose own answers keep the house's promises too.

What cannot be read as a request never reaches Django: gunicorn answers it. Here those
answers get the headers that all others have, and no answer names the server. And where
Django refuses a request unread, its sender gets to see that. Nothing here loads Django:
it is read before the settings are.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from portal.promises import PLAIN

WORDS = b"The request can't be read. Nothing was done.\n"
OURS_WORDS = b"Something went wrong on our side. Try again later.\n"
OWN = {**PLAIN, "Connection": "close"}
# What is refused by its head, before its body is read.
UNREAD = {411, 413}
# As nginx does it: so long in all is listened to who was refused, so long to silence.
LINGER_SECONDS = 30
SILENCE_SECONDS = 5


class PageWorker(ThreadWorker):
    """One process of the page server."""

    wsgi: Any

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = nameless(unhurried(self.wsgi))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Any) -> None:
        """Log it as gunicorn does, and answer with its status in our words."""
        draft = _Draft()
        super().handle_error(req, draft, addr, exc)
        if draft.status:
            try:
                client.sendall(answer(draft.status))
            except OSError:
                self.log.debug("Failed to send error message.")


def nameless(application: Callable[..., Any]) -> Callable[..., Any]:
    """The same application, whose answers do not say what serves them. gunicorn adds
    that line to every answer and has no setting for it."""

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        response = start_response.__self__
        lines = response.default_headers
        response.default_headers = lambda: [
            line for line in lines() if not line.startswith("Server:")
        ]
        return application(environ, start_response)

    return serve


def unhurried(application: Callable[..., Any]) -> Callable[..., Any]:
    """The same application, which hears out whom it refuses.

    Most programs, and browsers at times, read no answer before they have sent all. Hung
    up on meanwhile, they lose the answer with the connection.
    """

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        response = start_response.__self__
        body = application(environ, start_response)
        if response.status_code not in UNREAD:
            return body
        response.force_close()
        return _Parting(body, environ["gunicorn.socket"])

    return serve


class _Parting:
    """An answer after which the rest of the request is thrown away: gunicorn closes it
    when it has sent the whole."""

    def __init__(self, body: Any, sock: socket.socket) -> None:
        self.body, self.sock = body, sock

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        self.body.close()
        end = time.monotonic() + LINGER_SECONDS
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(SILENCE_SECONDS)
            while time.monotonic() < end and self.sock.recv(65_536):
                pass


def answer(status: str) -> bytes:
    """The whole answer to a request that could not be read, such as "414 URI Too
    Long"; it repeats nothing of what was sent."""
    words = OURS_WORDS if status.startswith("5") and status[:3] != "501" else WORDS
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in OWN.items()),
        f"Content-Length: {len(words)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + words


class _Draft:
    """Takes what gunicorn would send, in the place of the visitor's socket."""

    status = ""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, said: bytes) -> None:
        first = said.partition(b"\r\n")[0].decode("latin-1")
        self.status = first.partition(" ")[2]
