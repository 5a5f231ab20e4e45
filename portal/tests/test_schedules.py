from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from portal import schedules
from portal.management.commands import sync_schedules

pytestmark = pytest.mark.django_db

MINUTE = ("portal.health.tasks.beat", "* * * * *")
NIGHT = ("portal.health.tasks.beat", "15 3 * * *")


@pytest.fixture
def table(monkeypatch):
    """The table of recurring jobs, as this test wants it."""

    def set_table(wanted):
        monkeypatch.setattr(sync_schedules, "SCHEDULES", wanted)
        call_command("sync_schedules", verbosity=0)
        rows = Schedule.objects.values_list("name", "func", "cron")
        return {(name, (func, cron)) for name, func, cron in rows}

    return set_table


def test_sync_adds_changes_and_removes(table):
    assert table({"a": MINUTE, "b": NIGHT}) == {("a", MINUTE), ("b", NIGHT)}
    assert table({"a": NIGHT, "c": MINUTE}) == {("a", NIGHT), ("c", MINUTE)}
    assert table({}) == set()


def test_sync_plans_the_next_run_in_the_future(table):
    table({"a": MINUTE})
    next_run = Schedule.objects.get().next_run
    assert timedelta(0) < next_run - timezone.now() <= timedelta(minutes=1)


def test_sync_leaves_an_unchanged_job_its_next_run(table):
    table({"a": NIGHT})
    due = timezone.now() - timedelta(minutes=1)
    Schedule.objects.update(next_run=due)
    table({"a": NIGHT})
    assert Schedule.objects.get().next_run == due


def test_sync_leaves_tasks_alone_that_were_put_off(table):
    Schedule.objects.create(func="portal.health.tasks.beat", schedule_type="O")
    table({"a": NIGHT})
    assert Schedule.objects.filter(schedule_type="O").count() == 1


@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_every_recurring_job_exists_and_has_a_time(name):
    path, cron = schedules.SCHEDULES[name]
    assert callable(import_string(path))
    Schedule(name=name, func=path, cron=cron, schedule_type="C").full_clean()
