"""The product over HTTP: its page server, and clients that keep their connection."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
# Any 32 letters and digits: the cookie and the form only have to agree.
CSRF = "b" * 32


class Answer(NamedTuple):
    """What came back, and how long it took."""

    status: int
    location: str
    cookies: dict[str, str]
    seconds: float


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server() -> Iterator[int]:
    """The page server as production runs it, on the bench's settings; its port."""
    port = free_port()
    server = subprocess.Popen(  # noqa: S603 our own server
        [
            str(Path(sys.executable).parent / "gunicorn"),
            *("--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"),
        ],
        cwd=ROOT,
        env={**os.environ, "PORT": str(port), "WEB_STOP_SECONDS": "1"},
    )
    try:
        wait_until_open(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens there. Raises RuntimeError where nobody will."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError("The page server ended before it began.")
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError("The page server does not answer.")


class Client:
    """One visitor after another over one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, path: str, fields: dict[str, str], session: str = "") -> Answer:
        """Send a form, with the session of a visitor where one is given."""
        body = urlencode({**fields, "csrfmiddlewaretoken": CSRF})
        cookies = f"csrftoken={CSRF}" + (f"; sessionid={session}" if session else "")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookies,
        }
        began = time.perf_counter()
        self._connection.request("POST", path, body, headers)
        response = self._connection.getresponse()
        response.read()
        taken = time.perf_counter() - began
        given = dict(
            line.split(";", 1)[0].split("=", 1)
            for line in response.headers.get_all("Set-Cookie", [])
        )
        location = response.headers.get("Location", "")
        return Answer(response.status, location, given, taken)

    def close(self) -> None:
        self._connection.close()


def in_parallel(
    port: int, work: list[list[Callable[[Client], Answer]]]
) -> tuple[list[Answer], float]:
    """Each list of requests by a client of its own, all together; every answer, and
    the seconds from the first request to the last answer."""
    answers: list[list[Answer]] = [[] for _ in work]
    gate = threading.Barrier(len(work) + 1)

    def run(place: int) -> None:
        client = Client(port)
        gate.wait()
        try:
            answers[place] = [call(client) for call in work[place]]
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    return [answer for part in answers for answer in part], taken
