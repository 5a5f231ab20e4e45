"""The page server, in the demo and in production. docs/decisions/0002-servers.md."""

import gc
import os
import shutil
import sys
import tempfile

from gunicorn.arbiter import Arbiter

# Each process counts its own requests, in files that whichever is asked for /metrics
# reads. Has to be known before the library is loaded, so nothing here imports it.
_counts = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="counts-")


def when_ready(server: Arbiter) -> None:
    """Before the first fork: what is loaded stays, so nobody need look through it for
    garbage, which costs a request 6 % otherwise, nor copy its pages for that."""
    gc.collect()
    gc.freeze()


def on_exit(server: Arbiter) -> None:
    shutil.rmtree(_counts, ignore_errors=True)


bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# gunicorn's threads; its own answers carry our headers.
worker_class = "portal.page_server.PageWorker"
workers = int(os.environ.get("WEB_PROCESSES") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
# Whoever holds a calendar's lock and has the database's answer waits for the
# interpreter no longer than this, and so does everybody who wants that calendar.
sys.setswitchinterval(0.0005)
# One copy of the code in memory, shared by the processes that are forked from it. With
# DEBUG the processes load it themselves, so that a change is seen at once.
reload = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
preload_app = not reload
timeout = 60
graceful_timeout = int(os.environ.get("WEB_STOP_SECONDS") or 30)
keepalive = 5
# What a browser sends is far below; deploy/nginx.conf refuses larger ones before.
limit_request_line = 8190
limit_request_fields = 80
limit_request_field_size = 8190
# Whatever a library leaks, it leaks for a day at most.
max_requests = 10_000
max_requests_jitter = 1_000
# Heartbeats of the processes belong in memory, not on a disk that may be slow.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 memory  # nosec B108
errorlog = "-"
loglevel = "warning"
