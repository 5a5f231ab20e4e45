"""A clinic whose programs can be killed, and people who try until they are heard.

CRASH_ROUNDS=20 makes crash runs twenty times as long; CRASH_SEED chooses another run.
"""

import contextlib
import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
import psycopg
import requests

from portal.postgres.server import Server
from tests.servers import ROOT, database_url, environment, free_port, wait_until_open

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "1"))
SEED = int(os.environ.get("CRASH_SEED", "82"))
# So long somebody sends a form again; far longer than any run of one round.
LONGEST = 240.0 * ROUNDS
CSRF = "d" * 32


def seeded() -> random.Random:
    return random.Random(SEED)  # noqa: S311


class House:
    """Page servers, a worker and a database that can be killed and come back."""

    def __init__(self, database: Server) -> None:
        self.database = database
        self.port = free_port()
        self.variables: dict[str, str] = {}
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        gunicorn = str(Path(sys.executable).parent / "gunicorn")
        self.web = self._start(
            [gunicorn, "--config", "deploy/gunicorn.conf.py", "portal.wsgi:application"]
        )
        wait_until_open(self.port, self.web)

    def open_worker(self) -> None:
        self.worker = self._start([sys.executable, "manage.py", "worker"])

    def kill_web(self) -> None:
        assert self.web is not None
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def kill_worker(self) -> None:
        """The watchdog, its cluster and every process that runs jobs, at once."""
        assert self.worker is not None
        family = psutil.Process(self.worker.pid)
        for one in [family, *family.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.worker.wait()

    def kill_database(self) -> None:
        pid_file = self.database.places.data / "postmaster.pid"
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
        while self.database.is_running():
            time.sleep(0.05)
        self.database.revive()

    def close(self) -> None:
        if self.worker is not None and self.worker.poll() is None:
            self.kill_worker()
        if self.web is not None and self.web.poll() is None:
            self.kill_web()

    def ask(self, question: str) -> list[tuple]:
        with psycopg.connect(self.database.places.url) as link:
            return link.execute(question).fetchall()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(
                DATABASE_URL=self.database.places.url,
                PORT=str(self.port),
                **self.variables,
            ),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def copy_to(server: Server) -> None:
    """The test database, as it is now, into the private server."""
    url = server.hold()
    dump = subprocess.run(
        [
            str(server.program("pg_dump")),
            *("--no-owner", "--no-privileges", database_url()),
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [str(server.program("psql")), "-q", "-v", "ON_ERROR_STOP=1", url],
        check=True,
        input=dump.stdout,
        stdout=subprocess.DEVNULL,
    )
    # Roles belong to a server, not to a database: this one has none yet.
    subprocess.run(
        [sys.executable, "manage.py", "grant_roles"],
        check=True,
        env=environment(DATABASE_URL=url),
    )


class Person:
    """Sends forms to the page servers, each again until it is answered; `tries` counts,
    and `is_waiting` while one is on its way.

    `session` is the key of their session, if they have one.
    """

    def __init__(self, port: int, session: str = "") -> None:
        self.port, self.session = port, session
        self.tries = 0
        self.is_waiting = False

    def send(self, path: str, fields: dict[str, str], **more) -> requests.Response:
        """The first answer below 500. The fields are the same each time, and so are
        the keys in them."""
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            self.tries += 1
            self.is_waiting = True
            try:
                answer = requests.post(
                    f"http://127.0.0.1:{self.port}{path}",
                    data={**fields, "csrfmiddlewaretoken": CSRF},
                    cookies={"csrftoken": CSRF, "sessionid": self.session},
                    timeout=30,
                    allow_redirects=False,
                    **more,
                )
            except (requests.RequestException, http.client.HTTPException):
                time.sleep(0.2)
                continue
            finally:
                self.is_waiting = False
            if answer.status_code < 500:
                self.session = answer.cookies.get("sessionid", self.session)
                return answer
            time.sleep(0.2)
        raise TimeoutError(path)


def until_one_waits(
    people: Iterable[Person], threads: Iterable[threading.Thread]
) -> None:
    """Until somebody waits for an answer, so that a kill falls in the middle of it; at
    once where all are done."""
    while any(thread.is_alive() for thread in threads):
        if any(person.is_waiting for person in people):
            return
        time.sleep(0.005)


def in_background(
    queues: Iterable[Iterable[Callable[[], None]]],
) -> list[threading.Thread]:
    """A thread for each queue, which does one thing after the other."""

    def run(queue: Iterable[Callable[[], None]]) -> None:
        for act in queue:
            act()

    threads = [threading.Thread(target=run, args=(q,), daemon=True) for q in queues]
    for thread in threads:
        thread.start()
    return threads
