"""Puts django-tasks jobs, such as Wagtail's index updates, on our one queue."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule
from django_q.tasks import async_task, schedule
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import InvalidTaskError
from django_tasks.signals import task_enqueued

RUN = "foundation.task_backend.run"
LONGEST_NAME = 100


class DjangoQ2Backend(BaseTaskBackend):
    """Queues in the caller's transaction, as `foundation.jobs.enqueue` does.

    A task with `run_after` becomes a schedule that runs once; the queue looks at its
    schedules every half minute. Results are not kept for asking later.
    """

    supports_defer = True

    def validate_task(self, task: Task[..., Any]) -> None:
        """Raises InvalidTaskError for what this queue cannot do."""
        super().validate_task(task)
        if task.takes_context:
            raise InvalidTaskError("This queue gives a task no context.")

    def enqueue(
        self, task: Task[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> TaskResult[Any]:
        self.validate_task(task)
        call = (RUN, task.module_path, list(args), kwargs)
        with transaction.atomic():
            if task.run_after is None:
                name = task.module_path[:LONGEST_NAME]
                identity = async_task(*call, task_name=name)
            else:
                once = {"schedule_type": Schedule.ONCE, "next_run": task.run_after}
                identity = f"schedule-{schedule(*call, **once).pk}"
        result: TaskResult[Any] = TaskResult(
            task=task,
            id=identity,
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        task_enqueued.send(type(self), task_result=result)
        return result


def run(module_path: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Run a task by its path, in the worker."""
    task = import_string(module_path)
    return task.call(*args, **kwargs)
