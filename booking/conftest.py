"""What the tests of booking share."""

import pytest
from django_q.models import OrmQ


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
