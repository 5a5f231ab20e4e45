from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_tasks import task
from django_tasks.exceptions import InvalidTaskError

from foundation import task_backend

pytestmark = pytest.mark.django_db

done: list[tuple[object, ...]] = []


@pytest.fixture(autouse=True)
def _our_queue():
    ours = {"default": {"BACKEND": "foundation.task_backend.DjangoQ2Backend"}}
    with override_settings(TASKS=ours):
        yield
    done.clear()


@task()
def note(*args, **kwargs):
    done.append((args, kwargs))


def queued() -> list[tuple[object, ...]]:
    """What waits in the queue: path, positional and keyword arguments."""
    return [tuple(row.task["args"]) for row in OrmQ.objects.all()]


def test_a_task_waits_in_our_queue_and_runs_with_its_arguments():
    result = note.enqueue("clinic_pages", 7, index="default")
    path = "foundation.tests.test_task_backend.note"
    assert queued() == [(path, ["clinic_pages", 7], {"index": "default"})]
    assert result.status == "READY"
    assert done == []
    task_backend.run(*queued()[0])
    assert done == [(("clinic_pages", 7), {"index": "default"})]


def test_a_task_is_queued_with_the_callers_transaction_or_not_at_all():
    with transaction.atomic():
        note.enqueue(1)
        assert len(queued()) == 1
        transaction.set_rollback(True)
    assert queued() == []


def test_a_task_that_was_put_off_becomes_a_schedule_for_once():
    later = timezone.now() + timedelta(hours=2)
    note.using(run_after=later).enqueue(3)
    plan = Schedule.objects.get()
    assert queued() == []
    assert (plan.func, plan.schedule_type, plan.next_run) == (
        "foundation.task_backend.run",
        Schedule.ONCE,
        later,
    )
    assert "test_task_backend.note" in plan.args


def needs_context(context):
    """Would like to know which attempt it is."""


def test_what_the_queue_cannot_do_is_refused():
    with pytest.raises(InvalidTaskError):
        note.using(priority=5)
    with pytest.raises(InvalidTaskError):
        task(takes_context=True)(needs_context)
