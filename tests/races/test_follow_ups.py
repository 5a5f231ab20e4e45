"""Two follow-ups of one visit at once: one costs less, and the other says so first."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from booking.appointments.services import (
    PriceChanged,
    SlotTaken,
    bookings,
    hold_slot,
    submit_booking,
)
from booking.models import Appointment
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
SEEN = datetime(2026, 3, 9, 10, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)


def submit_both(transactional_db):
    """Each with another time, and both agree to nothing as the price."""
    offering = open_offering(visit_type__at_clinic=True, visit_type__follow_up_days=14)
    patient = PatientFactory()
    AppointmentFactory(
        offering=offering, patient=patient, starts_at=SEEN, status="COMPLETED"
    )
    holds = [
        hold_slot(
            actor=None,
            offering=offering,
            starts_at=NINE + number * timedelta(hours=1),
            via="SITE",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )
        for number in range(2)
    ]

    def submit(hold):
        return submit_booking(
            actor=None,
            appointment=hold,
            patient=patient,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
            price_seen=Decimal(0),
        )

    return at_once(lambda hold=hold: submit(hold) for hold in holds)


def test_of_two_follow_ups_at_once_one_is_booked(transactional_db, no_deadlocks):
    outcomes = submit_both(transactional_db)
    errors = [type(one.error) for one in outcomes if one.error]
    assert errors == [PriceChanged]
    assert Appointment.objects.filter(follows__isnull=False).count() == 1


def test_without_the_lock_the_database_decides(transactional_db, monkeypatch):
    monkeypatch.setattr(bookings, "lock_calendars", lambda **calendars: None)
    outcomes = submit_both(transactional_db)
    errors = [type(one.error) for one in outcomes if one.error]
    assert errors in ([PriceChanged], [SlotTaken])
    assert Appointment.objects.filter(follows__isnull=False).count() == 1
