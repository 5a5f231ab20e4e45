"""A location is closed while somebody books there: one of the two sees the other."""

import time
import uuid
from datetime import UTC, datetime

import pytest

from booking.appointments import services
from booking.appointments.models import LIVE
from booking.appointments.services import closing
from booking.models import Appointment
from clinic.models import Location
from tests.factories.accounts import UserFactory
from tests.factories.booking import open_offering
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
TRIES = 8


def race(offering, actor):
    """Book and close at once; gives whether somebody is booked at a closed place."""

    def book():
        services.hold_slot(
            actor=None,
            offering=offering,
            starts_at=TEN,
            via="SITE",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )

    def close():
        services.close_unbooked_location(
            actor=actor, location=offering.location, at=NOW
        )

    outcomes = at_once([book, close])
    errors = [one.error for one in outcomes if one.error is not None]
    refusals = (services.SlotTaken, services.VisitsBooked)
    assert [one for one in errors if not isinstance(one, refusals)] == []
    is_open = Location.objects.get(pk=offering.location_id).is_active
    return not is_open and Appointment.objects.filter(status__in=LIVE).exists()


def again(offering):
    Appointment.objects.all().delete()
    Location.objects.update(is_active=True)


def test_nobody_is_booked_at_a_place_that_is_closed_meanwhile(no_deadlocks):
    offering, actor = open_offering(), UserFactory()
    for _ in range(TRIES):
        assert not race(offering, actor)
        again(offering)


def test_control_without_the_lock_somebody_is(monkeypatch, no_deadlocks):
    offering, actor = open_offering(), UserFactory()

    def dawdle(**_):
        """Look at the visits, and write a moment later."""

    found = closing.booked_at

    class Slow:
        def __init__(self, rows):
            self.rows = rows

        def exists(self):
            answer = self.rows.exists()
            time.sleep(0.2)
            return answer

    monkeypatch.setattr(closing, "lock_calendars", dawdle)
    monkeypatch.setattr(closing, "booked_at", lambda *a, **k: Slow(found(*a, **k)))
    results = []
    for _ in range(TRIES):
        results.append(race(offering, actor))
        again(offering)
    assert any(results)
