"""Visits of many doctors, handed at once to the one who stands in: each time of hers is
given once, and who is refused keeps the visit.

Each lock has its control, as in test_booking.
"""

import time
import uuid
from datetime import UTC, datetime

import pytest

from booking.appointments.models import LIVE
from booking.appointments.services import SlotTaken, hold_slot, moving
from booking.models import Appointment, Move
from booking.moves.services import arranging, hand_over
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.chaos import broken_promises
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
CROWD = 8


@pytest.fixture
def substitute(transactional_db):
    return open_offering()


@pytest.fixture
def visits(substitute):
    """At one hour, of one kind and at one place, each with another doctor."""
    same = {
        "location": substitute.location,
        "visit_type": substitute.visit_type,
    }
    return [
        AppointmentFactory(offering=open_offering(**same), starts_at=TEN)
        for _ in range(CROWD)
    ]


def hand(visit, offering):
    return hand_over(
        actor=None,
        appointment=visit,
        offering=offering,
        reason="Dr Calloway is at a course",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def book(offering):
    return hold_slot(
        actor=None,
        offering=offering,
        starts_at=TEN,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def hers(offering):
    rows = Appointment.objects.filter(doctor=offering.doctor, starts_at=TEN)
    return rows.filter(status__in=LIVE).count()


@pytest.fixture
def without_locks(monkeypatch):
    """Nobody locks a calendar, and everybody dawdles between looking and writing."""
    monkeypatch.setattr(arranging, "lock_calendars", lambda **_: None)
    look = moving.fit_instead

    def dawdle(*args, **kwargs):
        found = look(*args, **kwargs)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(moving, "fit_instead", dawdle)


def test_one_gets_the_time_and_the_others_keep_their_visit(
    substitute, visits, no_deadlocks
):
    before = {visit.pk: visit.doctor_id for visit in visits}
    calls = [lambda visit=visit: hand(visit, substitute) for visit in visits]
    outcomes = at_once([*calls, lambda: book(substitute)])
    errors = [one.error for one in outcomes if one.error is not None]
    assert {type(error) for error in errors} == {SlotTaken}
    assert len(errors) == CROWD
    assert hers(substitute) == 1
    assert max(one.seconds for one in outcomes) < 2
    assert broken_promises() == []
    handed = set(Move.objects.values_list("appointment_id", flat=True))
    after = dict(
        Appointment.objects.filter(pk__in=before).values_list("pk", "doctor_id")
    )
    assert {pk for pk, doctor in after.items() if doctor != before[pk]} == handed


def test_control_without_lock_and_constraint_many_get_it(
    substitute, visits, without_locks, without_constraints
):
    at_once(lambda visit=visit: hand(visit, substitute) for visit in visits[:4])
    assert hers(substitute) > 1


def test_without_the_lock_the_constraint_still_gives_it_to_one(
    substitute, visits, without_locks
):
    at_once(lambda visit=visit: hand(visit, substitute) for visit in visits[:4])
    assert hers(substitute) == 1
    assert broken_promises() == []


def test_with_the_lock_alone_one_gets_it(substitute, visits, without_constraints):
    at_once(lambda visit=visit: hand(visit, substitute) for visit in visits)
    assert hers(substitute) == 1
