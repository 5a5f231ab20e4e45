"""Keeps the job queue's worker alive.

django-q2's cluster can go deaf: when one of its idle processes is killed, it dies with
the lock of the inner queue, and the others wait for ever although all look healthy. So
the cluster runs as a child, its jobs leave a trace in a file, an idle cluster is given
an empty job, and a cluster that takes no job is killed whole and started again. Jobs
that were in its hands are handed out anew after `Q_CLUSTER["retry"]` seconds.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django_q.signals import post_execute_in_worker, pre_execute
from django_q.tasks import async_task

from portal.health.services import note_worker_seen
from portal.processes import Bell, die_with_parent

log = logging.getLogger(__name__)

TRACE = "WORKER_TRACE"
BEAT = "portal.health.tasks.beat"
BUSY, IDLE = "busy", "idle"
BEAT_SECONDS = 5
# A cluster whose last news was a finished job should take the next at once.
DEAF_WHEN_IDLE_SECONDS = 12
# A working one may be silent for as long as a job may take, and a little.
SLACK_SECONDS = 20
STEADY_SECONDS = 60
LONGEST_PAUSE = 30


def leave_traces() -> None:
    """In a cluster's processes: note when a job starts and ends. Called once."""
    if TRACE in os.environ:
        pre_execute.connect(_note_start)
        post_execute_in_worker.connect(_note_end)


def _note_start(**_: Any) -> None:
    Path(os.environ[TRACE]).write_text(BUSY)


def _note_end(**_: Any) -> None:
    Path(os.environ[TRACE]).write_text(IDLE)


class Watchdog:
    """Runs one cluster after another until told to stop by SIGTERM or SIGINT.

    The first signal lets running jobs finish; the second one ends them.
    """

    def __init__(self) -> None:
        self.signals = 0
        self.bell = Bell()
        self.trace = Path(tempfile.mkdtemp(prefix="worker-")) / "trace"

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        pause = 1
        while not self.signals:
            begun = time.monotonic()
            self._run_cluster()
            if self.signals:
                break
            # A cluster that cannot even start is tried ever more slowly.
            steady = time.monotonic() - begun > STEADY_SECONDS
            pause = 1 if steady else min(2 * pause, LONGEST_PAUSE)
            self.bell.sleep(pause)
        self.trace.unlink(missing_ok=True)
        self.trace.parent.rmdir()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1
        self.bell.ring()

    def _run_cluster(self) -> None:
        self.trace.unlink(missing_ok=True)
        cluster = subprocess.Popen(
            [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
            env=os.environ | {TRACE: str(self.trace)},
            # Its own group, so that it can be killed with all its children.
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        health = Health(self.trace)
        while not self.signals and cluster.poll() is None:
            health.look()
            if health.is_deaf():
                log.error("The worker takes no jobs any more; starting it again.")
                break
            self.bell.sleep(0.5)
        if cluster.poll() is not None and not self.signals:
            log.error("The worker ended by itself; starting it again.")
        self._end(cluster)

    def _end(self, cluster: subprocess.Popen[bytes]) -> None:
        """Let jobs finish if we were asked to stop, then kill what is left."""
        if self.signals:
            cluster.terminate()
            deadline = time.monotonic() + int(settings.Q_CLUSTER["timeout"]) + 5
            while cluster.poll() is None and time.monotonic() < deadline:
                if self.signals > 1:
                    break
                self.bell.sleep(0.2)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(cluster.pid, signal.SIGKILL)
        cluster.wait()


class Health:
    """What the trace of one cluster says about it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace
        self.news_at = 0.0
        self.state = BUSY
        self.asked_at: float | None = None
        self.told_at = 0.0

    def look(self) -> None:
        """Read the trace; give an idle cluster an empty job; tell other processes."""
        try:
            news_at, state = self.trace.stat().st_mtime, self.trace.read_text()
        except FileNotFoundError:
            news_at, state = self.news_at, self.state
        if news_at != self.news_at:
            self.news_at, self.state, self.asked_at = news_at, state or BUSY, None
        now = time.time()
        try:
            if self.asked_at is None and now - self.news_at > BEAT_SECONDS:
                self._ask(now)
            if self.trace.exists() and self.news_at - self.told_at > BEAT_SECONDS:
                note_worker_seen(at=datetime.fromtimestamp(self.news_at, UTC))
                self.told_at = self.news_at
        except DatabaseError:
            # Without a database nobody can work: no sign of a deaf cluster.
            self.asked_at = None

    def _ask(self, now: float) -> None:
        close_old_connections()
        with transaction.atomic():
            async_task(BEAT, task_name="beat", save=False)
        self.asked_at = now

    def is_deaf(self) -> bool:
        """Whether the cluster was asked, and has been silent for too long since."""
        if self.asked_at is None:
            return False
        limit = DEAF_WHEN_IDLE_SECONDS
        if self.state == BUSY:
            limit = settings.Q_CLUSTER["timeout"] + SLACK_SECONDS
        return time.time() - self.asked_at > limit
