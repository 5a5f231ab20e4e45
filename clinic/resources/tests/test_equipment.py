"""Equipment, and what rooms and equipment offer, as an administrator sees to them."""

from datetime import time

import pytest
from django.urls import reverse

from audit.models import Entry
from clinic.models import Capability, Equipment
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    LocationFactory,
    RoomFactory,
    VisitTypeFactory,
    needs,
)

LIST = reverse("clinic:capabilities")


@pytest.fixture
def place(db):
    return LocationFactory(name="Quayside")


@pytest.fixture
def boss(client, admin):
    client.force_login(admin)
    return client


def page_of(piece):
    return reverse("clinic:equipment", args=[piece.public_id])


def test_equipment_is_added_with_its_place_what_it_offers_and_its_hours(boss, place):
    scan, room = CapabilityFactory(name="Scan"), RoomFactory(location=place)
    add = reverse("clinic:equipment_new", args=[place.public_id])
    sent = {
        "name": "Sono 1",
        "room": room.public_id,
        "capabilities": [scan.pk],
        "monday_1_from": "09:00",
        "monday_1_to": "12:00",
    }
    assert "Sono 1 is saved" in boss.post(add, sent, follow=True).text
    piece = Equipment.objects.get()
    assert (piece.location, piece.room) == (place, room)
    assert [*piece.capabilities.all()] == [scan]
    assert [*piece.hours.values_list("weekday", "opens_at", "closes_at")] == [
        (0, time(9), time(12))
    ]
    boss.post(page_of(piece), {"name": "Sono 1", "room": ""})
    piece.refresh_from_db()
    assert piece.room is None
    assert not piece.hours.exists()
    verbs = Entry.objects.filter(verb__startswith="equipment.").order_by("pk")
    assert [entry.verb for entry in verbs] == ["equipment.added", "equipment.changed"]


def test_a_name_that_is_taken_is_said_beside_it_and_the_title_stays(boss, place):
    EquipmentFactory(location=place, name="Sono 1")
    piece = EquipmentFactory(location=place, name="Sono 2")
    answer = boss.post(page_of(piece), {"name": "sono 1"})
    assert answer.status_code == 422
    assert "of this name" in answer.context["form"].errors["name"][0]
    assert "<h1>Sono 2</h1>" in answer.text


def test_what_stands_in_a_closed_room_stays_there_when_it_is_renamed(boss, place):
    room = RoomFactory(location=place, name="Old lab", is_active=False)
    piece = EquipmentFactory(location=place, room=room)
    other = EquipmentFactory(location=place)
    text = boss.get(page_of(piece)).text
    assert f'<option value="{room.public_id}" selected>Old lab</option>' in text
    assert "Old lab" not in boss.get(page_of(other)).text
    boss.post(page_of(piece), {"name": "Sono 7", "room": room.public_id})
    piece.refresh_from_db()
    assert (piece.name, piece.room) == ("Sono 7", room)


def test_equipment_goes_out_of_use_and_comes_back(boss, place):
    piece = EquipmentFactory(location=place)
    for name, is_active in (("equipment_close", False), ("equipment_reopen", True)):
        boss.post(reverse(f"clinic:{name}", args=[piece.public_id]))
        piece.refresh_from_db()
        assert piece.is_active is is_active


def test_what_is_offered_or_needed_stays_on_the_list_and_says_by_what(boss, place):
    couch, scan = CapabilityFactory(name="Couch"), CapabilityFactory(name="Scan")
    unused = CapabilityFactory(name="Step-free")
    RoomFactory(location=place, name="Room 9", capabilities=[couch])
    EquipmentFactory(location=place, name="Sono 9", capabilities=[scan])
    needs(VisitTypeFactory(name="Check-up"), room=[couch], equipment=[scan])
    rows = {one.name: used for one, used in boss.get(LIST).context["rows"]}
    assert rows == {
        "Couch": ["Check-up", "Room 9"],
        "Scan": ["Check-up", "Sono 9"],
        "Step-free": [],
    }
    for one, says in ((couch, "Couch stays"), (unused, "Step-free is off")):
        remove = reverse("clinic:capability_remove", args=[one.public_id])
        assert says in boss.post(remove, follow=True).text
    assert {*Capability.objects.all()} == {couch, scan}


def test_a_long_list_takes_no_more_queries(boss, place, django_assert_max_num_queries):
    CapabilityFactory()
    with django_assert_max_num_queries(40) as few:
        boss.get(LIST)
    for _ in range(5):
        RoomFactory(location=place, capabilities=[CapabilityFactory()])
    with django_assert_max_num_queries(len(few)):
        boss.get(LIST)
