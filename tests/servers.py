"""Real servers on the test database, for tests that need more than one process.

Use them with `transactional_db`: another process sees only what was committed.
"""

import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server of the test's own answer from a thread until the block ends."""
    # Half a second, the default, is what each test would wait for its server to end.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_socket() -> tuple[str, int] | str:
    """Where the database listens: host and port, or the path of its socket."""
    wanted = connection.settings_dict
    host = str(wanted["OPTIONS"].get("host") or wanted["HOST"])
    port = int(wanted["PORT"] or 5432)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def database_url(host: str = "", port: int | str = "") -> str:
    """The address of this test process's own database; `host` and `port` are those of
    whoever stands in front of it."""
    wanted = connection.settings_dict
    host = host or wanted["OPTIONS"].get("host") or wanted["HOST"]
    user = quote(wanted["USER"], safe="")
    secret = f":{quote(wanted['PASSWORD'], safe='')}" if wanted["PASSWORD"] else ""
    port = port or wanted["PORT"]
    port = f"&port={port}" if port else ""
    name = quote(wanted["NAME"], safe="")
    return f"postgres://{user}{secret}@/{name}?host={quote(str(host), safe='')}{port}"


def environment(**more: str) -> dict[str, str]:
    """For a process that works on the test database with the test settings."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "DATABASE_URL": database_url(),
        **more,
    }


def run_program(text: str, *, seconds: float) -> subprocess.CompletedProcess[str]:
    """What Python says to a program in a process of its own, and with which code it
    ends. Raises subprocess.TimeoutExpired where it goes on after these seconds."""
    return subprocess.run(
        [sys.executable, "-c", text],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@contextmanager
def running_web(
    application: str = "portal.wsgi:application",
    port: int = 0,
    output: IO[bytes] | None = None,
    **more: str,
) -> Iterator[int]:
    """The page server as production runs it, as its own database role; gives its port.

    `application` may be that of the CMS, portal.cms.wsgi:application. What it says goes
    to the file `output`, if there is one.
    """
    port = port or free_port()
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    server = subprocess.Popen(
        [gunicorn, "--config", "deploy/gunicorn.conf.py", application],
        cwd=ROOT,
        env=environment(PORT=str(port), WEB_STOP_SECONDS="1", **more),
        stdout=output,
        stderr=output,
    )
    try:
        wait_until_open(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"The server on port {port} did not start.")
