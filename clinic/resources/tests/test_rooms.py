"""Rooms as an administrator sees to them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from booking.appointments.models import Status
from clinic.models import Room
from clinic.resources.services import NameTaken, save_room
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, OfferingFactory, RoomFactory


@pytest.fixture
def room(db):
    return RoomFactory(location=LocationFactory(name="Quayside"), name="Room 3")


@pytest.fixture
def boss(client, admin):
    client.force_login(admin)
    return client


def verbs():
    rows = Entry.objects.filter(verb__startswith="room.").order_by("pk")
    return list(rows.values_list("verb", flat=True))


def page(browser, room):
    return browser.get(reverse("clinic:room", args=[room.public_id])).text


def close(browser, room):
    address = reverse("workspace:room_close", args=[room.public_id])
    text = browser.post(address, follow=True).text
    room.refresh_from_db()
    return text


def test_a_room_is_added_to_a_location_and_renamed(boss):
    location = LocationFactory()
    add = reverse("clinic:room_new", args=[location.public_id])
    assert "Rooms" in boss.post(add, {"name": "Room 1"}, follow=True).text
    room = Room.objects.get(location=location)
    change = reverse("clinic:room", args=[room.public_id])
    assert "Nurses" in boss.post(change, {"name": "Nurses' room"}, follow=True).text
    room.refresh_from_db()
    assert (room.name, room.location) == ("Nurses' room", location)
    assert verbs() == ["room.added", "room.changed"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "Enter a name"), ("ROOM 3", "of this name"), ("x" * 61, "60 characters")],
)
def test_what_is_wrong_is_said_beside_it_and_kept(boss, room, name, says):
    add = reverse("clinic:room_new", args=[room.location.public_id])
    answer = boss.post(add, {"name": name})
    assert answer.status_code == 422
    assert says in answer.context["form"].errors["name"][0]
    assert f'value="{name}"' in answer.text or not name
    assert Room.objects.count() == 1


def test_another_location_may_have_a_room_of_the_same_name(admin, room):
    save_room(actor=admin, location=LocationFactory(), room=None, name="Room 3")
    with pytest.raises(NameTaken):
        save_room(actor=admin, location=room.location, room=None, name="room 3")
    with pytest.raises(IntegrityError):
        RoomFactory(location=room.location, name="Room 3")


def test_a_room_that_nobody_uses_is_closed_and_opened_again(boss, room):
    assert "Room 3 is closed" in close(boss, room)
    assert not room.is_active
    boss.post(reverse("clinic:room_reopen", args=[room.public_id]))
    room.refresh_from_db()
    assert room.is_active
    assert verbs() == ["room.closed", "room.reopened"]


def test_a_room_that_is_offered_stays_open_and_says_by_whom(boss, room):
    offering = OfferingFactory(room=room, location=room.location)
    name = offering.doctor.full_name
    assert name in page(boss, room)
    assert f"{name} see patients in Room 3" in close(boss, room)
    assert room.is_active
    # What is no longer offered needs no room.
    offering.is_active = False
    offering.save()
    assert "Room 3 is closed" in close(boss, room)


@pytest.mark.parametrize(
    ("days", "status", "is_kept"),
    [
        (2, Status.CONFIRMED, True),
        (2, Status.HELD, True),
        (2, Status.CANCELLED, False),
        (-2, Status.COMPLETED, False),
    ],
)
def test_a_room_is_not_closed_over_the_heads_of_those_booked(
    boss, room, days, status, is_kept
):
    offering = OfferingFactory(room=room, location=room.location, is_active=False)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    AppointmentFactory(
        offering=offering,
        room=room,
        starts_at=now + timedelta(days=days),
        status=status,
        hold_expires_at=now + timedelta(hours=2) if status == Status.HELD else None,
    )
    assert ("1 visit is booked in Room 3" in close(boss, room)) is is_kept
    assert room.is_active is is_kept
