"""Looking into the job queue, running what is in it, and jobs for a real worker."""

import os
import time
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from django_q.models import OrmQ


def queued_jobs() -> list[tuple[str, dict[str, Any]]]:
    """Dotted path and arguments of every queued job, oldest first."""
    tasks = [row.task for row in OrmQ.objects.order_by("pk")]
    return [(task["func"], task["kwargs"]) for task in tasks]


def run_jobs(limit: int = 100) -> int:
    """Run queued jobs, also those they queue, until none is left; how many ran."""
    for count in range(limit):
        row = OrmQ.objects.order_by("pk").first()
        if row is None:
            return count
        task = row.task
        row.delete()
        import_string(task["func"])(*task.get("args", ()), **task["kwargs"])
    raise AssertionError(f"More than {limit} jobs: do they queue each other?")


def mark(path: str, seconds: float) -> None:
    """Write down that we began, and as which process; the first time, dawdle.

    A second run of the same job is quick, so that a test sees who finishes it.
    """
    file = Path(path)
    first = not file.exists()
    with file.open("a") as lines:
        lines.write(f"begun {os.getpid()}\n")
    if first:
        time.sleep(seconds)
    with file.open("a") as lines:
        lines.write("done\n")
