"""gunicorn's threads, whose own answers keep the house's promises too.

What cannot be read as a request never reaches Django: gunicorn answers it. Here those
answers get the headers that all others have, and no answer names the server. Nothing
here loads Django: it is read before the settings are.
"""

from collections.abc import Callable
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from portal.promises import PLAIN

WORDS = b"The request can't be read. Nothing was done.\n"
OURS_WORDS = b"Something went wrong on our side. Try again later.\n"
OWN = {**PLAIN, "Connection": "close"}


class PageWorker(ThreadWorker):
    """One process of the page server."""

    wsgi: Any

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi = nameless(self.wsgi)

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
