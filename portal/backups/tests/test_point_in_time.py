"""Back to a chosen second: what docs/operations.md tells the operator to set, done as
it stands there, on a server of its own that is killed.

Slow, because a server starts four times; nothing less shows that the words are right.
"""

import os
import re
import shutil
import signal
import time

import psycopg
import pytest

from portal.postgres import ROOT
from portal.postgres.server import Server

pytestmark = pytest.mark.slow
DOC = ROOT / "docs" / "operations.md"
FIVE_MINUTES = 300
PATIENCE = 60


def written(first):
    """The block of settings in the document that begins with this name."""
    blocks = re.findall(r"```ini\n(.*?)```", DOC.read_text("utf-8"), re.S)
    return next(block for block in blocks if f"\n{first} = " in f"\n{block}")


@pytest.fixture
def server():
    probe = Server(f"postgres-drill-{os.getpid()}")
    yield probe
    probe.destroy()


def ask(server, question, *values):
    with psycopg.connect(server.places.url, autocommit=True) as link:
        answer = link.execute(question, values)
        return answer.fetchall() if answer.description else []


def mark(server, number):
    """Commit a row; gives a moment after it and before whatever comes next."""
    ask(server, "INSERT INTO mark VALUES (%s)", number)
    ((moment,),) = ask(server, "SELECT clock_timestamp()")
    time.sleep(0.05)
    return moment


def wait_for(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def own(server, *paths):
    """They belong to whom the server runs as."""
    for path in paths:
        for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
            if server.places.user is not None:
                shutil.chown(one, server.places.user)


def begin(server, archive):
    """A clinic's server that archives as the document says."""
    server.hold()
    server.release()
    archive.mkdir()
    lines = written("wal_level").replace("/archive/", f"{archive}/")
    with (server.places.data / "postgresql.conf").open("a") as file:
        file.write(lines)
    own(server, archive)
    server.hold()


def take_base(server, base):
    """By the command that stands in the document."""
    words = re.search(r"`pg_basebackup (--pgdata /base [^`]+)`", DOC.read_text("utf-8"))
    options = words[1].replace("/base", str(base)).split()
    done = server._client("pg_basebackup", *options)
    assert done.returncode == 0, done.stdout


def lose(server):
    """The machine dies, and its disk with it."""
    pid = int((server.places.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for("it lives on", lambda: not server.is_running())
    shutil.rmtree(server.places.data)


def go_back(server, base, archive, moment):
    """The base in place, and the lines of the document with this moment."""
    shutil.copytree(base, server.places.data)
    lines = written("restore_command").replace("/archive/", f"{archive}/")
    lines = re.sub(
        r"(recovery_target_time = ).*", rf"\1'{moment.isoformat(sep=' ')}'", lines
    )
    with (server.places.data / "postgresql.conf").open("a") as file:
        file.write(lines)
    (server.places.data / "recovery.signal").touch()
    server.places.data.chmod(0o700)
    own(server, server.places.data)
    server.revive()
    wait_for(
        "it does not come up",
        lambda: ask(server, "SELECT pg_is_in_recovery()") == [(False,)],
    )


def test_what_was_committed_by_a_chosen_second_is_there_and_nothing_later(server):
    archive, base = server.places.home / "archive", server.places.home / "base"
    begin(server, archive)
    ask(server, "CREATE TABLE mark (number int)")
    mark(server, 0)
    take_base(server, base)
    moments = {number: mark(server, number) for number in (1, 2, 3)}
    # A segment is closed when full, or after archive_timeout: not waited for here.
    ((segment,),) = ask(server, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    ask(server, "SELECT pg_switch_wal()")
    wait_for("nothing is archived", (archive / segment).exists)
    # The later one first: a server that came up begins a timeline of its own.
    for last in (2, 1):
        lose(server)
        go_back(server, base, archive, moments[last])
        rows = ask(server, "SELECT number FROM mark ORDER BY number")
        assert [number for (number,) in rows] == list(range(last + 1))
    # And it is a clinic that goes on.
    mark(server, 9)


def test_five_minutes_are_lost_at_most():
    values = dict(re.findall(r"^(\w+) = ([^#\n]+)", written("wal_level"), re.M))
    assert values["wal_level"].strip() == "replica"
    assert values["archive_mode"].strip() == "on"
    assert 0 < int(values["archive_timeout"]) <= FIVE_MINUTES
