"""Several workers look for reminders in the same second: each goes out once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from booking.models import Reminder
from booking.reminders.services import claim_due, send_due_reminders
from notifications.models import Delivery
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, VisitTypeFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

START = datetime(2026, 3, 16, 15, tzinfo=UTC)
WORKERS = 8
VISITS = 40


@pytest.fixture
def visits(transactional_db):
    kind = VisitTypeFactory(reminder_leads=["TWO_HOURS"])
    location = LocationFactory()
    return [
        AppointmentFactory(starts_at=START, visit_type=kind, location=location)
        for _ in range(VISITS)
    ]


def test_each_reminder_is_claimed_by_one_worker(visits, no_deadlocks):
    at = START - timedelta(hours=2)
    outcomes = at_once(lambda: claim_due(at=at) for _ in range(WORKERS))
    assert [outcome.error for outcome in outcomes] == [None] * WORKERS
    claimed = Counter(
        claim.appointment_id for outcome in outcomes for claim in outcome.value
    )
    assert claimed == Counter(visit.pk for visit in visits)


def test_each_patient_is_reminded_once(visits, no_deadlocks):
    at = START - timedelta(hours=2)
    outcomes = at_once(lambda: send_due_reminders(at=at) for _ in range(WORKERS))
    assert [outcome.error for outcome in outcomes] == [None] * WORKERS
    assert sum(outcome.value for outcome in outcomes) == VISITS
    assert Reminder.objects.count() == VISITS
    mails = Delivery.objects.filter(channel="EMAIL").values_list("patient", flat=True)
    assert Counter(mails) == Counter(visit.patient_id for visit in visits)
