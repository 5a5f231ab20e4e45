"""Booked visits whose room or equipment cannot serve them, and giving them another."""

from datetime import UTC, datetime, time, timedelta

import pytest

from booking.appointments import services
from booking.appointments.models import Appointment, Status
from booking.appointments.queries import misfits_at
from clinic.models import ResourceHours
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    LocationFactory,
    OutageFactory,
    RoomFactory,
    VisitTypeFactory,
    needs,
)

AT = datetime(2026, 3, 16, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)


@pytest.fixture
def place(db):
    return LocationFactory()


@pytest.fixture
def couch(db):
    return CapabilityFactory(name="couch")


@pytest.fixture
def scan(db):
    return CapabilityFactory(name="ultrasound")


@pytest.fixture
def kind(couch, scan):
    """Needs a couch and an ultrasound."""
    made = VisitTypeFactory()
    needs(made, room=[couch], equipment=[scan])
    return made


@pytest.fixture
def room(place, couch):
    return RoomFactory(location=place, name="Room 1", capabilities=[couch])


@pytest.fixture
def piece(place, scan):
    return EquipmentFactory(location=place, name="Sono", capabilities=[scan])


@pytest.fixture
def visit(kind, room, piece):
    return AppointmentFactory(
        visit_type=kind,
        location=room.location,
        room=room,
        equipment_ids=[piece.pk],
        starts_at=TEN,
    )


def reasons(place):
    return [one.reasons for one in misfits_at([place.pk], at=AT)]


def again(visit):
    return Appointment.objects.get(pk=visit.pk)


def test_a_visit_that_has_what_it_needs_fits(place, visit):
    # So does one that needs nothing.
    AppointmentFactory(location=place, starts_at=TEN)
    assert misfits_at([place.pk], at=AT) == []


def spoil(what, room, piece):
    if what == "closed":
        room.is_active = False
        room.save()
    elif what == "broken":
        OutageFactory(room=room, starts_at=TEN, ends_at=TEN + timedelta(minutes=1))
    elif what == "shut":
        ResourceHours.objects.create(
            room=room, weekday=0, opens_at=time(10, 15), closes_at=time(17)
        )
    elif what == "lacking":
        room.capabilities.clear()
    elif what == "piece gone":
        piece.is_active = False
        piece.save()
    elif what == "piece broken":
        OutageFactory(equipment=piece, starts_at=TEN, ends_at=TEN + timedelta(hours=9))
    elif what == "piece moved":
        piece.room = RoomFactory(location=room.location, name="Room 9")
        piece.save()
    else:
        piece.capabilities.clear()


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("closed", "Room 1 is closed for good."),
        ("broken", "Room 1 is out of order then."),
        ("shut", "Room 1 is not open then."),
        ("lacking", "Room 1 has no couch."),
        ("piece gone", "Sono is closed for good."),
        ("piece broken", "Sono is out of order then."),
        ("piece moved", "Sono stands in Room 9."),
        ("piece lacking", "It has no ultrasound."),
    ],
)
def test_what_is_wrong_is_said(place, visit, room, piece, what, says):
    spoil(what, room, piece)
    assert reasons(place) == [[says]]


def test_what_is_over_or_off_is_no_misfit(place, visit, room):
    OutageFactory(room=room, starts_at=TEN, ends_at=TEN + timedelta(hours=1))
    assert len(misfits_at([place.pk], at=AT)) == 1
    assert misfits_at([place.pk], at=TEN + timedelta(hours=1)) == []
    Appointment.objects.update(status=Status.CANCELLED)
    assert misfits_at([place.pk], at=AT) == []


def test_other_places_are_not_asked(place, visit, room):
    room.capabilities.clear()
    assert misfits_at([LocationFactory().pk], at=AT) == []


def test_one_press_gives_all_that_fits(place, visit, room, piece, couch, scan):
    OutageFactory(room=room, starts_at=TEN, ends_at=TEN + timedelta(hours=1))
    RoomFactory(location=place)
    other = RoomFactory(location=place, capabilities=[couch])
    services.give_fitting(actor=None, appointment=visit, at=AT)
    assert (again(visit).room, again(visit).equipment_ids) == (other, [piece.pk])
    assert misfits_at([place.pk], at=AT) == []
    spoil("piece gone", room, piece)
    new = EquipmentFactory(location=place, capabilities=[scan])
    services.give_fitting(actor=None, appointment=visit, at=AT)
    # The room was right and stays.
    assert (again(visit).room, again(visit).equipment_ids) == (other, [new.pk])


def test_where_nothing_fits_nothing_changes(place, visit, room, couch):
    OutageFactory(room=room, starts_at=TEN, ends_at=TEN + timedelta(hours=1))
    other = RoomFactory(location=place, capabilities=[couch])
    AppointmentFactory(location=place, room=other, starts_at=TEN)
    before = again(visit)
    with pytest.raises(services.NothingFits):
        services.give_fitting(actor=None, appointment=visit, at=AT)
    assert (again(visit).room, again(visit).sequence) == (room, before.sequence)


def test_a_room_that_does_not_fit_wants_a_reason(place, visit, piece):
    plain = RoomFactory(location=place, name="Room 2")
    with pytest.raises(services.RoomUnfit, match="Room 2 has no couch"):
        services.give_room(actor=None, appointment=visit, room=plain, at=AT)
    services.give_room(
        actor=None, appointment=visit, room=plain, at=AT, why="She can sit"
    )
    [found] = misfits_at([place.pk], at=AT)
    assert (again(visit).room_why, found.is_accepted) == ("She can sit", True)
    # That it breaks, nobody has accepted.
    OutageFactory(room=plain, starts_at=TEN, ends_at=TEN + timedelta(hours=1))
    [found] = misfits_at([place.pk], at=AT)
    assert not found.is_accepted


def test_a_fixed_piece_stays_where_it_is(place, visit, room, piece, couch, scan):
    piece.room = room
    piece.save()
    other = RoomFactory(location=place, name="Room 2", capabilities=[couch])
    with pytest.raises(services.RoomUnfit, match="cannot be in Room 2"):
        services.give_room(actor=None, appointment=visit, room=other, at=AT)
    movable = EquipmentFactory(location=place, capabilities=[scan])
    services.give_room(actor=None, appointment=visit, room=other, at=AT)
    assert (again(visit).equipment_ids, again(visit).room_why) == ([movable.pk], "")


def test_a_swap_asks_for_both(place, visit, room, piece):
    plain = RoomFactory(location=place, name="Room 2")
    other = AppointmentFactory(location=place, room=plain, starts_at=TEN)
    swap = {"actor": None, "appointment": other, "other": visit, "at": AT}
    with pytest.raises(services.RoomUnfit, match="Room 2 has no couch"):
        services.swap_rooms(**swap)
    assert (again(visit).room, again(other).room) == (room, plain)
    services.swap_rooms(**swap, why="The lift is broken")
    assert (again(visit).room, again(other).room) == (plain, room)
    assert again(visit).equipment_ids == [piece.pk]
    assert (again(visit).room_why, again(other).room_why) == ("The lift is broken", "")
