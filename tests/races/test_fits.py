"""Many want rooms and equipment at once; and the controls that show why they cannot
both have them."""

import uuid

import pytest

from booking.appointments import services
from booking.appointments.models import Appointment
from booking.appointments.services import looking
from tests.factories.booking import open_offering
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    RoomFactory,
    needs,
)
from tests.races.conftest import at_once, dawdle_before_writing
from tests.races.test_booking import NOW, TEN

CROWD = 8


def offerings(count, *, rooms, equipment=0):
    """What as many doctors offer, in any of the rooms."""
    first = RoomFactory()
    place = first.location
    for _ in range(rooms - 1):
        RoomFactory(location=place)
    scan = CapabilityFactory()
    for _ in range(equipment):
        EquipmentFactory(location=place, capabilities=[scan])
    offered = [open_offering(location=place) for _ in range(count)]
    for one in offered:
        needs(one.visit_type, room=[], equipment=[scan] if equipment else [])
    return offered


def hold_all(offered):
    return at_once(
        lambda one=one: services.hold_slot(
            actor=None,
            offering=one,
            starts_at=TEN,
            via="SITE",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )
        for one in offered
    )


def held(name):
    """Each room or piece that somebody has."""
    if name == "rooms":
        return [row.room_id for row in Appointment.objects.all()]
    return [pk for row in Appointment.objects.all() for pk in row.equipment_ids]


def is_doubled(name):
    found = held(name)
    return len(found) > len(set(found))


@pytest.fixture
def without_locks(monkeypatch):
    monkeypatch.setattr(looking, "calendar_keys", lambda **_: [])


@pytest.fixture
def dawdling(monkeypatch):
    """Everybody waits between looking and writing."""
    dawdle_before_writing(monkeypatch, 0.3)


def test_as_many_get_a_room_as_there_are_and_each_another(no_deadlocks):
    outcomes = hold_all(offerings(CROWD, rooms=3))
    errors = {type(one.error) for one in outcomes if one.error is not None}
    assert errors == {services.SlotTaken}
    assert len(held("rooms")) == 3
    assert not is_doubled("rooms")


def test_one_piece_goes_to_one_of_those_who_need_it(no_deadlocks):
    outcomes = hold_all(offerings(CROWD, rooms=CROWD, equipment=1))
    errors = {type(one.error) for one in outcomes if one.error is not None}
    assert errors == {services.SlotTaken}
    assert len(held("equipment")) == 1


@pytest.mark.parametrize(("name", "equipment"), [("rooms", 0), ("equipment", 1)])
def test_control_without_lock_and_constraint_it_is_given_twice(
    without_constraints, without_locks, dawdling, name, equipment
):
    hold_all(offerings(4, rooms=4 if equipment else 1, equipment=equipment))
    assert is_doubled(name)


@pytest.mark.parametrize(("name", "equipment"), [("rooms", 0), ("equipment", 1)])
def test_control_the_lock_alone_is_enough(
    without_constraints, dawdling, name, equipment
):
    hold_all(offerings(3, rooms=3 if equipment else 1, equipment=equipment))
    assert len(held(name)) == 1


@pytest.mark.parametrize(("name", "equipment"), [("rooms", 0), ("equipment", 1)])
def test_control_the_constraint_alone_is_enough(
    transactional_db, without_locks, dawdling, name, equipment
):
    hold_all(offerings(4, rooms=4 if equipment else 1, equipment=equipment))
    assert len(held(name)) == 1
