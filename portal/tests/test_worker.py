"""The real worker on the test database, with its processes killed under it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.db import transaction
from django_q.models import OrmQ
from django_q.tasks import async_task

from tests.servers import ROOT, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MARK = "tests.jobs.mark"


@pytest.fixture
def worker(transactional_db) -> Iterator[psutil.Process]:
    """A worker whose lost jobs are handed out again after five seconds."""
    command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    variables = environment(WORKERS="2", JOB_TIMEOUT="4", JOB_RETRY="5")
    started = subprocess.Popen(command, env=variables)
    family = psutil.Process(started.pid)
    yield family
    everyone = [family, *family.children(recursive=True)]
    started.terminate()
    try:
        started.wait(timeout=30)
    finally:
        left = [p for p in everyone if _called(p)]
        for process in left:
            process.kill()
    assert left == []


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def give(path: Path, *, dawdle: float = 0.0) -> None:
    with transaction.atomic():
        async_task(MARK, str(path), dawdle)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def idle_children(worker: psutil.Process) -> list[psutil.Process]:
    """The processes that wait for jobs, as they call themselves."""
    return [p for p in worker.children(recursive=True) if _called(p).endswith(" idle")]


def _called(process: psutil.Process) -> str:
    """What a process calls itself; "" once it is dead, which it may be by now."""
    try:
        is_dead = process.status() == psutil.STATUS_ZOMBIE
        return "" if is_dead else " ".join(process.cmdline()).strip()
    except psutil.NoSuchProcess:
        return ""


def test_a_job_whose_process_was_killed_is_run_again(worker, tmp_path):
    trace = tmp_path / "trace"
    give(trace, dawdle=30)
    wait_for(lambda: len(lines(trace)) == 1, seconds=60)
    os.kill(int(lines(trace)[0].split()[1]), signal.SIGKILL)
    wait_for(lambda: lines(trace)[-1] == "done", seconds=60)
    assert [line.split()[0] for line in lines(trace)] == ["begun", "begun", "done"]
    wait_for(lambda: MARK not in {q.func() for q in OrmQ.objects.all()}, seconds=30)


def test_the_worker_survives_the_death_of_any_of_its_processes(worker, tmp_path):
    give(tmp_path / "first")
    wait_for(lambda: "done" in lines(tmp_path / "first"), seconds=60)

    # The whole cluster's parent: noticed at once.
    worker.children()[0].kill()
    give(tmp_path / "second")
    wait_for(lambda: "done" in lines(tmp_path / "second"), seconds=60)

    # An idle process dies with the queue's lock in its hands, so the others wait for
    # ever: noticed because they no longer take jobs.
    wait_for(lambda: len(idle_children(worker)) == 2, seconds=30)
    for process in idle_children(worker):
        process.kill()
    give(tmp_path / "third")
    wait_for(lambda: "done" in lines(tmp_path / "third"), seconds=90)
