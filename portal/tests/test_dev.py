"""`make run` as people see it, on the test database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

from tests.factories.clinic import LocationFactory
from tests.servers import ROOT, database_url, free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

READY = "Ctrl-C stops everything"


class Clinic:
    """A running `manage.py dev`, its terminal in a file."""

    def __init__(self, folder, port: int, **more: str) -> None:
        self.port = port
        self.terminal = folder / "terminal"
        with self.terminal.open("w") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "dev"],
                cwd=ROOT,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
                    "DATABASE_URL": database_url(),
                    "VAR_DIR": str(folder),
                    "PORT": str(port),
                    "SANDBOX_PORT": str(free_port()),
                    # Spares the test the collecting of static files.
                    "DEBUG": "1",
                    **more,
                },
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )
        self.family = psutil.Process(self.process.pid)

    def said(self) -> str:
        return self.terminal.read_text()

    def wait_for(self, words: str, *, times: int = 1) -> None:
        deadline = time.monotonic() + 60
        while self.said().count(words) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self.port}/healthz"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def child(self, words: str) -> psutil.Process:
        return next(p for p in self.family.children() if words in " ".join(p.cmdline()))

    def everyone(self) -> list[psutil.Process]:
        return [self.family, *self.family.children(recursive=True)]


@pytest.fixture
def clinic(tmp_path, transactional_db) -> Iterator[Clinic]:
    # A clinic that has a location is not loaded with the demo's data.
    LocationFactory()
    running = Clinic(tmp_path, free_port())
    yield running
    for process in running.everyone() if running.process.poll() is None else []:
        process.kill()
    running.process.wait()


def still_alive(processes: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(processes, timeout=10)
    return [" ".join(p.cmdline()) for p in alive if p.status() != "zombie"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_everything_stops_when_told_to(clinic, number):
    clinic.wait_for(READY)
    assert clinic.answers()
    everyone = clinic.everyone()
    assert len(everyone) >= 6
    clinic.process.send_signal(number)
    assert clinic.process.wait(timeout=20) == 0
    assert still_alive(everyone) == []
    assert clinic.said().rstrip().endswith("Everything is kept for the next start.")


def test_a_program_that_dies_is_reported_and_started_again(clinic):
    clinic.wait_for(READY)
    clinic.child("gunicorn").kill()
    clinic.wait_for("was killed by SIGKILL; starting it again")
    deadline = time.monotonic() + 20
    while not clinic.answers():
        assert time.monotonic() < deadline, clinic.said()
        time.sleep(0.2)


def test_nothing_outlives_a_killed_start_command(clinic):
    clinic.wait_for(READY)
    everyone = clinic.everyone()
    clinic.process.kill()
    clinic.process.wait()
    assert still_alive(everyone) == []


def test_a_port_in_use_gets_one_sentence_with_the_remedy(tmp_path, transactional_db):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = Clinic(tmp_path, port)
        assert refused.process.wait(timeout=60) == 1
    assert refused.said().splitlines()[-1] == (
        f"CommandError: Port {port} is in use by another program. Stop that one, or "
        f"choose another port: make run PORT={port + 10}"
    )


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_refused(tmp_path, transactional_db, port):
    refused = Clinic(tmp_path, 0, PORT=port)
    assert refused.process.wait(timeout=60) == 1
    assert f"PORT must be a number from 1 to 65535, not {port}." in refused.said()
