"""The embedded server, on its own in var/postgres-probe."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from portal.postgres import ROOT
from portal.postgres.server import Server

pytestmark = pytest.mark.slow
PROBE = f"postgres-probe-{os.getpid()}"


@pytest.fixture
def server() -> Iterator[Server]:
    probe = Server(PROBE)
    yield probe
    probe.destroy()
    assert not probe.is_running()
    assert not probe.places.home.exists()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as link:
        answer = link.execute(question)
        return answer.fetchone()[0] if answer.description else None


def pid_of(server: Server) -> int:
    return int((server.places.data / "postmaster.pid").read_text().splitlines()[0])


def kill(server: Server) -> None:
    os.kill(pid_of(server), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.is_running():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_data_outlives_a_clean_stop_a_kill_and_a_reused_pid(server):
    url = server.hold()
    ask(url, "create table kept (word text)")
    ask(url, "insert into kept values ('here')")
    server.release()
    assert not server.is_running()

    url = server.hold()
    assert ask(url, "select word from kept") == "here"
    kill(server)
    server.revive()
    assert ask(url, "select word from kept") == "here"

    # After a power cut the pid file may name a program that has nothing to do with us.
    kill(server)
    file = server.places.data / "postmaster.pid"
    lines = file.read_text().splitlines() if file.exists() else [""] * 8
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not server.is_running()
    server.revive()
    assert ask(url, "select word from kept") == "here"
    server.release()


def test_the_last_one_out_stops_the_server(server):
    first, second = Server(PROBE), Server(PROBE)
    first.hold()
    second.hold()
    first.release()
    assert second.is_running()
    second.release()
    assert not second.is_running()


def test_nobody_else_reaches_it(server):
    url = server.hold()
    assert ask(url, "show listen_addresses") == ""
    socket = server.places.socket
    assert socket.stat().st_mode & 0o077 == 0
    assert server.places.data.stat().st_mode & 0o077 == 0
    server.release()


def test_a_command_gets_the_tests_database_and_its_exit_code_counts():
    command = (
        "import os, sys; sys.exit(3 if 'postgres-tests' in os.environ['DATABASE_URL']"
        " else 4)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "portal.postgres", "--tests", "run"),
            *(sys.executable, "-c", command),
        ],
        cwd=ROOT,
        env=environment,
        check=False,
    )
    assert done.returncode == 3


def test_its_log_holds_no_statement_and_no_row_that_failed(server):
    url = server.hold()
    ask(url, "create table people (name text primary key check (name <> ''), ill text)")
    ask(url, "insert into people values ('Quillwort', 'gout')")
    for statement in (
        "insert into people values ('Quillwort', 'Zebeditis')",
        "insert into people values ('', 'Zebeditis')",
        "select 'Quillwort' from nowhere",
    ):
        with pytest.raises(psycopg.Error):
            ask(url, statement)
    said = server.places.log.read_text()
    assert "people_pkey" in said
    assert "people_name_check" in said
    assert not {"Quillwort", "Zebeditis"} & set(re.findall(r"\w+", said))
