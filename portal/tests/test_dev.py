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
from django.core.management import CommandError

from portal.management.commands import dev
from portal.management.commands.dev import free_port as the_free_port
from portal.management.commands.dev import static_print, the_programs
from portal.supervisor import Stopping
from tests.factories.clinic import LocationFactory
from tests.servers import ROOT, database_url, free_port, run_program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

READY = "Ctrl-C stops everything"
# Seconds; only a broken program ever waits so long.
PATIENCE = 120
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)


class Clinic:
    """A running `manage.py dev`, its terminal in a file."""

    def __init__(self, folder, port: int) -> None:
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
                    "CMS_PORT": str(free_port()),
                    "LIVE_PORT": str(free_port()),
                },
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )
        self.family = psutil.Process(self.process.pid)

    def said(self) -> str:
        return self.terminal.read_text()

    def wait_for(self, words: str, *, times: int = 1) -> None:
        deadline = time.monotonic() + PATIENCE
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
    # Spares the test the collecting of static files, which it does not look at.
    (tmp_path / "static.stamp").write_text(static_print())
    running = Clinic(tmp_path, free_port())
    yield running
    for process in running.everyone() if running.process.poll() is None else []:
        process.kill()
    running.process.wait()


def still_alive(processes: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(processes, timeout=30)
    return [" ".join(p.cmdline()) for p in alive if p.status() != "zombie"]


def test_a_dead_program_comes_back_and_everything_stops_when_told_to(clinic):
    clinic.wait_for(READY)
    assert clinic.answers()
    clinic.child("gunicorn").kill()
    clinic.wait_for("was killed by SIGKILL; starting it again")
    deadline = time.monotonic() + PATIENCE
    while not clinic.answers():
        assert time.monotonic() < deadline, clinic.said()
        time.sleep(0.2)

    everyone = clinic.everyone()
    assert len(everyone) >= 6
    clinic.process.send_signal(signal.SIGINT)
    assert clinic.process.wait(timeout=30) == 0
    assert still_alive(everyone) == []
    assert clinic.said().rstrip().endswith("Everything is kept for the next start.")


def test_nothing_outlives_a_killed_start_command(clinic):
    clinic.wait_for(READY)
    everyone = clinic.everyone()
    clinic.process.kill()
    clinic.process.wait()
    assert still_alive(everyone) == []


SWALLOWING = """
import os, signal, time
from portal.supervisor import Stopping

class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)

stopping = Stopping()
stopping.interrupting()
try:
    Dying()
    time.sleep(60)
except KeyboardInterrupt:
    stopping.noting()
    time.sleep(1.2)
    print("Caught.")
"""
KEEPING = """
import os, signal
from portal.supervisor import Stopping

stopping = Stopping()
stopping.noting()
os.kill(os.getpid(), signal.SIGTERM)
print("Not cut short.")
try:
    stopping.interrupting()
except KeyboardInterrupt:
    stopping.noting()
    print("Caught.")
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [(SWALLOWING, "Caught.\n"), (KEEPING, "Not cut short.\nCaught.\n")],
)
def test_a_signal_is_neither_lost_in_a_finaliser_nor_while_it_must_wait(program, said):
    """Where Python drops an exception, it comes again; once caught it does not."""
    done = run_program(program, seconds=20)
    assert (done.returncode, done.stdout) == (0, said)


@pytest.mark.parametrize("moment", ["hold", "release"])
def test_the_embedded_server_is_started_and_stopped_whole(
    moment, settings, monkeypatch
):
    """SIGTERM comes while the server starts, or while it is stopped."""
    done = []

    class Embedded:
        def hold(self):
            self.step("hold")

        def release(self):
            self.step("release")

        def step(self, name):
            if name == moment:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(0.01)
            done.append(name)

    settings.DATABASE_URL = ""
    monkeypatch.setattr(dev, "Server", Embedded)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stopping = Stopping()
    try:
        if moment == "hold":
            with pytest.raises(KeyboardInterrupt), dev.database(stopping):
                raise AssertionError("Nothing goes on after that.")
        else:
            with dev.database(stopping):
                pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert done == ["hold", "release"]
    assert stopping.asked.has_rung()


def test_who_gives_a_secret_can_sign_webhooks_for_the_demo(settings, monkeypatch):
    monkeypatch.setenv("SANDBOX_PORT", str(free_port()))
    settings.STRIPE_SECRET_KEY = ""
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_mine"]
    programs = {one.name: one for one in the_programs(8000, 8002, 8003)}
    assert "whsec_mine" in programs["payments"].command
    assert programs["web"].environment["STRIPE_WEBHOOK_SECRETS"] == "whsec_mine"


def test_a_port_in_use_gets_one_sentence_with_the_remedy(monkeypatch):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(CommandError) as refused:
            the_free_port("PORT", 8000)
    assert str(refused.value) == (
        f"Port {port} is in use by another program. Stop that one, or choose another "
        f"port: make run PORT={port + 10}"
    )


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match=f"from 1 to 65535, not {port}"):
        the_free_port("PORT", 8000)
