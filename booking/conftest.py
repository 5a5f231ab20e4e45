"""What the tests of booking share."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from tests.factories.practice import Practice

# A Thursday morning.
NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)


@pytest.fixture
def heard(settings, db):
    """The events published so far, in order, as (event, appointment id)."""
    settings.EVENT_SUBSCRIPTIONS = {
        event: [f"{event}.job"] for event in settings.EVENT_SUBSCRIPTIONS
    }

    def events():
        tasks = [queued.task for queued in OrmQ.objects.order_by("pk")]
        return [
            (task["func"].split(".")[1], task["kwargs"]["appointment_id"])
            for task in tasks
        ]

    return events


@pytest.fixture
def clock(monkeypatch):
    """What views take for now: a Thursday morning, until a test sets `clock.at`."""

    class Clock:
        at = NOW

        def __call__(self):
            return self.at

    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def practice(db, clock):
    return Practice()


@pytest.fixture
def calloway(practice):
    return practice.doctor("Calloway")


@pytest.fixture
def free_visit(practice, calloway):
    """Dr Calloway's free visit of half an hour, booked at once."""
    return practice.offer(calloway, "free")
