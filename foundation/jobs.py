"""The door to the job queue.

A job is named by its dotted path, so nothing is imported, and takes only ids, so the
queue's tables never hold a name or a diagnosis. The queue lives in the same database
(django-q2's ORM broker): a job queued in a transaction exists if and only if the
transaction commits.
"""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task


def enqueue(path: str, **ids: int) -> None:
    """Queue the function at `path` with keyword ids, in the caller's transaction.

    Delivery is at least once: every job must bear running twice.
    A program that may not touch the queue (JOBS_AT_ONCE) runs it after the commit.
    Raises TypeError for an argument that is not named `…_id` or is not an integer.
    """
    for name, value in ids.items():
        if not name.endswith("_id") or type(value) is not int:
            raise TypeError(f"Jobs take only integer ids named …_id, not {name}.")
    if settings.JOBS_AT_ONCE:
        transaction.on_commit(lambda: import_string(path)(**ids))
        return
    with transaction.atomic():
        async_task(path, task_name=path[:100], **ids)
