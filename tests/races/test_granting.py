"""A follow-up's price granted twice at once: one visit follows, one sum goes back."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.follow_ups.queries import offer_of
from billing.follow_ups.services import NotGranted, grant
from billing.models import Refund
from booking.appointments.services import PriceChanged, SlotTaken, granting
from booking.models import Appointment
from tests.factories.accounts import PatientFactory
from tests.factories.billing import PaymentFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
SEEN = datetime(2026, 3, 9, 10, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)


def paid_visits(count):
    """Of a patient who was seen once; each visit is paid for."""
    offering = open_offering(visit_type__follow_up_days=14)
    patient = PatientFactory()
    common = {"offering": offering, "patient": patient}
    AppointmentFactory(starts_at=SEEN, status="COMPLETED", **common)
    visits = [
        AppointmentFactory(starts_at=NINE + number * timedelta(hours=1), **common)
        for number in range(count)
    ]
    for visit in visits:
        PaymentFactory(paid=True, appointment=visit)
    return visits


def grant_all(visits):
    said = [(visit, offer_of(visit, at=NOW)) for visit in visits]
    outcomes = at_once(
        lambda visit=visit, offer=offer: grant(
            actor=None, appointment=visit, seen=offer, at=NOW
        )
        for visit, offer in said
    )
    return [type(one.error) for one in outcomes if one.error]


def test_of_two_visits_one_follows_and_one_sum_goes_back(
    transactional_db, no_deadlocks
):
    assert grant_all(paid_visits(2)) == [PriceChanged]
    assert Appointment.objects.filter(follows__isnull=False).count() == 1
    assert Refund.objects.count() == 1


def test_two_at_the_desk_grant_one_visit_once(transactional_db, no_deadlocks):
    [visit] = paid_visits(1)
    assert grant_all([visit, visit]) == [NotGranted]
    assert Refund.objects.count() == 1


def test_without_the_lock_the_database_decides(transactional_db, monkeypatch):
    monkeypatch.setattr(granting, "lock_calendars", lambda **calendars: None)
    assert grant_all(paid_visits(2)) in ([PriceChanged], [SlotTaken])
    assert Appointment.objects.filter(follows__isnull=False).count() == 1
    assert Refund.objects.count() == 1
