"""Rooms and equipment at work."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment
from audit.models import Entry
from booking.appointments.models import Appointment
from clinic.models import Outage
from foundation.formats import local
from tests.factories.accounts import UserFactory
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    LocationFactory,
    OutageFactory,
    RoomFactory,
)

PAGE = reverse("workspace:occupancy")


@pytest.fixture
def room(location):
    return RoomFactory(location=location, name="Room 7")


@pytest.fixture
def visit(make_visit, room):
    return make_visit(10, days=2, room=room)


@pytest.fixture
def at_desk(client, desk):
    client.force_login(desk)
    return client


def broken(visit, room):
    return OutageFactory(room=room, starts_at=visit.starts_at, ends_at=visit.ends_at)


def test_what_does_not_fit_is_listed_and_given_what_does(at_desk, visit, room):
    assert "Every visit fits" in at_desk.get(PAGE).text
    broken(visit, room)
    page = at_desk.get(PAGE).text
    assert "Room 7 is out of order then." in page
    assert visit.patient.full_name in page
    other = RoomFactory(location=room.location, name="Room 8")
    fit = reverse("workspace:visit_fit", args=[visit.public_id])
    page = at_desk.post(fit, follow=True).text
    assert f"{visit.reference} is now in Room 8." in page
    assert "Every visit fits" in page
    assert Appointment.objects.get(pk=visit.pk).room == other


def test_where_nothing_fits_that_is_said_and_the_visit_stays(at_desk, visit, room):
    broken(visit, room)
    fit = reverse("workspace:visit_fit", args=[visit.public_id])
    assert "is free then" in at_desk.post(fit, follow=True).text
    assert Appointment.objects.get(pk=visit.pk).room == room


def test_who_looks_at_visits_that_do_not_fit_is_in_the_log(at_desk, visit, room):
    rows = Entry.objects.filter(verb__startswith="data.", patient_id=visit.patient_id)
    at_desk.get(PAGE)
    assert not rows.exists()
    broken(visit, room)
    at_desk.get(PAGE)
    assert rows.exists()


def test_out_of_order_is_said_in_the_clock_of_the_place(at_desk, visit, room):
    add = reverse("workspace:outage_add", args=[room.location.public_id])
    day = local(visit.starts_at, room.location.time_zone).date()
    typed = {
        "resource": str(room.public_id),
        "first_day": day.isoformat(),
        "from_time": "09:00",
        "to_time": "23:00",
        "reason": "Painting",
    }
    page = at_desk.post(add, typed, follow=True).text
    assert "Room 7 is given to no new visit" in page
    assert "Painting" in page
    made = Outage.objects.get()
    zone = room.location.time_zone
    assert f"{local(made.starts_at, zone):%H:%M}" == "09:00"
    end = reverse("workspace:outage_end", args=[made.public_id])
    assert "Room 7 is in order" in at_desk.post(end, follow=True).text
    assert not Outage.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("resource", "", "Choose a room or a piece of equipment"),
        ("resource", "nonsense", "Choose from the list"),
        ("first_day", "", "Enter a date"),
        ("to_time", "08:00", "The end is before the start"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_kept(at_desk, room, field, value, says):
    add = reverse("workspace:outage_add", args=[room.location.public_id])
    typed = {
        "resource": str(room.public_id),
        "first_day": "2030-01-07",
        "from_time": "09:00",
        "to_time": "10:00",
        "reason": "Painting",
        field: value,
    }
    answer = at_desk.post(add, typed)
    assert answer.status_code == 422
    assert says in answer.context["form"].errors[field][0]
    assert "Painting" in answer.text
    assert not Outage.objects.exists()


def test_the_desk_of_one_place_sees_and_changes_no_other(client, room):
    other = LocationFactory()
    theirs = UserFactory()
    RoleAssignment.objects.create(user=theirs, role="RECEPTIONIST", place=other.place)
    client.force_login(theirs)
    RoomFactory(location=other, name="Their room")
    outage = OutageFactory(room=room)
    page = client.get(PAGE, {"location": room.location.slug}).text
    assert "Their room" in page
    assert "Room 7" not in page
    add = reverse("workspace:outage_add", args=[room.location.public_id])
    end = reverse("workspace:outage_end", args=[outage.public_id])
    assert [client.post(url).status_code for url in (add, end)] == [404, 404]
    assert Outage.objects.get() == outage


def test_the_file_has_each_room_and_day_and_no_name(at_desk, visit, room):
    EquipmentFactory(location=room.location, name="=Sono")
    day = local(visit.starts_at, room.location.time_zone).date()
    answer = at_desk.get(PAGE, {"day": day.isoformat(), "span": "day", "as": "csv"})
    assert answer["Content-Type"].startswith("text/csv")
    assert f"Room 7,Room,{day.isoformat()}," in answer.text
    # A spreadsheet takes what begins with = for a formula.
    assert "'=Sono" in answer.text
    assert visit.patient.last_name not in answer.text


def test_a_day_of_nonsense_shows_this_week(at_desk, room):
    assert "Room 7" in at_desk.get(PAGE, {"day": "soon", "span": "year"}).text


def test_a_room_that_lacks_something_wants_a_reason_at_the_queue(at_desk, visit, room):
    visit.visit_type.needs_room = True
    visit.visit_type.save()
    visit.visit_type.room_needs.add(CapabilityFactory(name="couch"))
    plain = RoomFactory(location=room.location, name="Room 8")
    change = reverse("workspace:queue_room", args=[visit.public_id])
    answer = at_desk.post(change, {"room": plain.public_id})
    assert answer.status_code == 422
    assert "Room 8 has no couch" in answer.context["form"].errors["why"][0]
    answer = at_desk.post(
        change, {"room": plain.public_id, "why": "She can sit"}, follow=True
    )
    assert "Now in Room 8" in answer.text
    page = at_desk.get(PAGE).text
    assert "On purpose" in page
    assert "She can sit" in page


def test_a_coming_outage_stays_on_the_page_until_it_is_over(at_desk, room):
    now = timezone.now()
    OutageFactory(
        room=room,
        starts_at=now - timedelta(days=2),
        ends_at=now - timedelta(days=1),
        reason="Over long ago",
    )
    OutageFactory(
        room=room,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
        reason="New floor",
    )
    page = at_desk.get(PAGE).text
    assert "New floor" in page
    assert "Over long ago" not in page
