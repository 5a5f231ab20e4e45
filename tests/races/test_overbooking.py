"""What lies over another visit is what staff put there: however many at once.

Each lock has its control, as in test_booking.
"""

import itertools
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.models import LIVE
from booking.appointments.services import (
    SharedAlready,
    SlotTaken,
    hold_slot,
    looking,
    making,
    overbook,
    overbooking,
)
from booking.models import Appointment
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import RoomFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
HALF = TEN + timedelta(minutes=30)
QUARTER = TEN + timedelta(minutes=15)


@pytest.fixture
def offering(transactional_db):
    made = open_offering(visit_type__payment_policy="FREE", visit_type__price=0)
    AppointmentFactory(offering=made, starts_at=TEN)
    return made


def squeeze(offering, room=None):
    return overbook(
        actor=None,
        patient=PatientFactory(),
        offering=offering,
        starts_at=QUARTER,
        room=room,
        reason="",
        why="Acute",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def hold(offering, starts_at=HALF):
    return hold_slot(
        actor=None,
        offering=offering,
        starts_at=starts_at,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def overlaps():
    """Pairs of live visits that share time, by how many of the two are overbooked."""
    rows = Appointment.objects.filter(status__in=LIVE).order_by("pk")
    return [
        one.is_overbooked + other.is_overbooked
        for one, other in itertools.combinations(rows, 2)
        if one.starts_at < other.ends_at and other.starts_at < one.ends_at
    ]


def errors(outcomes):
    return {type(outcome.error) for outcome in outcomes} - {type(None)}


@pytest.fixture
def without_locks(monkeypatch):
    """Nobody waits for a calendar, and everybody dawdles before writing."""
    monkeypatch.setattr(overbooking, "lock_calendars", lambda **_: None)
    monkeypatch.setattr(
        looking, "_LOOK", looking._LOOK.replace("pg_advisory_xact_lock", "abs")
    )
    write = making.insert_row

    def slow_insert(row, **conditions):
        time.sleep(0.3)
        return write(row, **conditions)

    monkeypatch.setattr(making, "insert_row", slow_insert)


def test_of_ten_who_overbook_one_time_at_once_one_does(offering, no_deadlocks):
    outcomes = at_once(lambda: squeeze(offering) for _ in range(10))
    assert errors(outcomes) == {SharedAlready}
    assert sum(outcome.error is None for outcome in outcomes) == 1
    assert overlaps() == [1]


def test_control_without_lock_and_constraint_many_do(
    offering, without_locks, without_constraints
):
    at_once(lambda: squeeze(offering) for _ in range(4))
    assert 2 in overlaps()


def test_without_the_lock_the_constraint_lets_one(offering, without_locks):
    outcomes = at_once(lambda: squeeze(offering) for _ in range(4))
    assert errors(outcomes) == {SlotTaken}
    assert overlaps() == [1]


def test_with_the_lock_alone_one_does(offering, without_constraints):
    at_once(lambda: squeeze(offering) for _ in range(4))
    assert overlaps() == [1]


def test_while_staff_overbook_visitors_never_share_a_time(offering, no_deadlocks):
    """The half hour after it is free: visitors want it while it is being taken. One of
    them has it, or none; if one, the overbooked visit lies over theirs as well."""
    outcomes = at_once(
        [
            *[lambda: hold(offering) for _ in range(6)],
            *[lambda: squeeze(offering) for _ in range(3)],
        ]
    )
    assert errors(outcomes) <= {SlotTaken, SharedAlready}
    assert 0 not in overlaps()
    assert 2 not in overlaps()
    assert Appointment.objects.filter(is_overbooked=True).count() == 1


def test_control_ordinary_visits_share_without_lock_and_constraint(
    offering, without_locks, without_constraints
):
    at_once(lambda: hold(offering) for _ in range(4))
    assert 0 in overlaps()


def test_an_overbooked_visit_opens_no_door_for_ordinary_ones(offering, without_locks):
    """With the constraint alone, beside a visit that is overbooked."""
    squeeze(offering)
    free = HALF + timedelta(minutes=30)
    at_once(lambda: hold(offering, free) for _ in range(4))
    assert overlaps() == [1]


def test_one_room_is_given_once(offering, no_deadlocks):
    """To two doctors who both squeeze somebody in."""
    room = RoomFactory(location=offering.location)
    other = open_offering(
        location=offering.location,
        visit_type__payment_policy="FREE",
        visit_type__price=0,
    )
    AppointmentFactory(offering=other, starts_at=TEN)
    outcomes = at_once(lambda one=one: squeeze(one, room) for one in (offering, other))
    assert sum(outcome.error is None for outcome in outcomes) == 1
    assert Appointment.objects.filter(room=room).count() == 1
