"""How much rooms and equipment are used, by the real length of each day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.appointments.models import Status
from booking.occupancy.queries import Use, occupancy
from clinic.models import Closure, OpeningHours, ResourceHours
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import (
    EquipmentFactory,
    LocationFactory,
    OutageFactory,
    RoomFactory,
)

MONDAY = date(2026, 3, 16)
AT = datetime(2026, 3, 16, 8, tzinfo=UTC)


def at(clock, day=MONDAY):
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)


@pytest.fixture
def place(db):
    """Open from 9 to 17 on each day."""
    location = LocationFactory()
    OpeningHours.objects.bulk_create(
        OpeningHours(
            location=location, weekday=day, opens_at=time(9), closes_at=time(17)
        )
        for day in range(7)
    )
    return location


@pytest.fixture
def room(place):
    return RoomFactory(location=place)


def visit(room, clock, **fields):
    return AppointmentFactory(
        location=room.location, room=room, starts_at=at(clock), **fields
    )


def used(place, *days):
    return [line.days for line in occupancy(place, days or [MONDAY], at=AT)]


def test_a_room_is_used_by_what_is_booked_and_what_took_place(room, place):
    visit(room, "10:00")
    visit(room, "11:00", status=Status.COMPLETED)
    # With the time kept free around it.
    visit(room, "12:00", busy_ends_at=at("13:00"))
    for status in (Status.CANCELLED, Status.MISSED, Status.EXPIRED):
        visit(room, "15:00", status=status)
    visit(room, "15:00", status=Status.HELD, hold_expires_at=AT)
    visit(RoomFactory(), "15:00")
    [[use]] = used(place)
    assert use == Use(open=480, booked=120)
    assert use.share == 25


def test_what_is_booked_beyond_the_hours_is_said_apart(room, place):
    visit(room, "16:45", minutes=30)
    assert used(place) == [[Use(open=480, booked=15, beyond=15)]]


def test_own_hours_closures_and_repairs_count(room, place):
    ResourceHours.objects.create(
        room=room, weekday=0, opens_at=time(10), closes_at=time(12)
    )
    OutageFactory(room=room, starts_at=at("11:30"), ends_at=at("14:00"))
    assert used(place) == [[Use(open=90, out=30)]]
    Closure.objects.create(
        location=place,
        starts_date=MONDAY,
        ends_date=MONDAY + timedelta(days=1),
        reason="Painting",
    )
    [[use]] = used(place)
    assert (use, use.share) == (Use(), None)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 22), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
)
def test_the_night_of_the_clocks_is_as_long_as_it_is(room, place, day, hours):
    place.opening_hours.update(opens_at=time(0), closes_at=time(23, 59))
    [[use]] = used(place, day)
    assert use.open == hours * 60


def test_equipment_counts_and_what_is_closed_only_where_it_was_booked(room, place):
    piece = EquipmentFactory(location=place)
    EquipmentFactory(location=place, is_active=False)
    RoomFactory(location=place, is_active=False)
    visit(room, "10:00", equipment_ids=[piece.pk])
    found = occupancy(place, [MONDAY], at=AT)
    assert [(line.resource, line.total.booked) for line in found] == [
        (room, 30),
        (piece, 30),
    ]


def test_a_week_takes_no_more_queries_than_a_day(
    room, place, django_assert_num_queries
):
    days = [MONDAY + timedelta(days=number) for number in range(7)]
    visit(room, "10:00")
    with django_assert_num_queries(6):
        [line] = occupancy(place, days, at=AT)
    assert [use.booked for use in line.days] == [30, 0, 0, 0, 0, 0, 0]
    assert line.total.open == 7 * 480
