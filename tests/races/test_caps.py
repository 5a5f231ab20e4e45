"""A doctor sees so many of one kind a day: also when everybody asks at once.

No constraint can count, so the lock alone stands for it. The control takes it out.
"""

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.services import SlotTaken, hold_slot, making
from booking.models import Appointment
from tests.factories.booking import open_offering
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)
MOST = 2


@pytest.fixture
def offering(transactional_db):
    made = open_offering(visit_type__free=True)
    made.most_a_day = MOST
    made.save()
    return made


def hold_all(offering, crowd):
    """Each another time of the same day."""

    def hold(number):
        return hold_slot(
            actor=None,
            offering=offering,
            starts_at=NINE + number * timedelta(minutes=30),
            via="SITE",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )

    return at_once(lambda number=number: hold(number) for number in range(crowd))


def test_of_ten_who_want_ten_times_as_many_get_one_as_the_doctor_sees(
    offering, no_deadlocks
):
    outcomes = hold_all(offering, 10)
    errors = {type(outcome.error) for outcome in outcomes} - {type(None)}
    assert errors == {SlotTaken}
    assert Appointment.objects.count() == MOST


def test_control_without_the_lock_more_do(offering, monkeypatch):
    monkeypatch.setattr(
        making, "_LOCK", making._LOCK.replace("pg_advisory_xact_lock", "abs")
    )
    fit_at = making.fit_at

    def dawdle(*args, **rules):
        found = fit_at(*args, **rules)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(making, "fit_at", dawdle)
    hold_all(offering, 6)
    assert Appointment.objects.count() > MOST
