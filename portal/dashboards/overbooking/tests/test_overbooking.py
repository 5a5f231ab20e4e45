import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.appointments.queries import free_slots
from booking.models import Appointment
from foundation.formats import local
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory, RoomFactory


@pytest.fixture
def taken(offering):
    """A time of tomorrow's or a later day's, which somebody has, with an hour of that
    day behind it: times end at no hour here."""
    at = timezone.now()
    slots = free_slots(
        [offering],
        after=at + timedelta(days=1),
        until=at + timedelta(days=6),
        at=at,
        for_desk=True,
    )[offering.pk]
    zone = offering.location.time_zone
    early = [slot.starts_at for slot in slots if local(slot.starts_at, zone).hour < 22]
    return AppointmentFactory(offering=offering, starts_at=early[1])


def here(patient, offering=None, day=None):
    address = reverse("workspace:overbook", args=[patient.public_id])
    if offering is None:
        return address
    return f"{address}?offering={offering.public_id}&date={day}"


def day_of(visit):
    return local(visit.starts_at, visit.location.time_zone).date().isoformat()


def answers(visit, **fields):
    wall = local(visit.starts_at, visit.location.time_zone)
    return {
        "time": wall.strftime("%H:%M"),
        "room": "",
        "why": "Acute pain, the day is full",
        "reason": "My back",
        "key": uuid.uuid4(),
    } | fields


def test_the_desk_overbooks_and_both_visits_say_so(client, desk, ann, taken, offering):
    client.force_login(desk)
    patient = client.get(reverse("workspace:patient", args=[ann.patient.public_id]))
    assert here(ann.patient) in patient.text
    page = client.get(here(ann.patient, offering, day_of(taken)))
    assert "Book it over what is there" in page.text
    assert taken.patient.last_name not in page.text
    data = answers(taken)
    post = here(ann.patient, offering, day_of(taken))
    made_page = client.post(post, data, follow=True).text
    made = Appointment.objects.get(patient=ann.patient)
    assert made.is_overbooked
    assert f"Overbooked, reference {made.reference}" in made_page
    # Again is the same.
    client.post(post, data)
    assert Appointment.objects.filter(patient=ann.patient).count() == 1
    for visit, other in ((made, taken), (taken, made)):
        text = client.get(reverse("workspace:appointment", args=[visit.public_id])).text
        assert f">{other.reference}</a>" in text
        assert "Acute pain, the day is full" in text
    desk_page = client.get(reverse("workspace:desk"), {"date": day_of(taken)}).text
    assert "Overbooked</" in desk_page
    assert "Shared time</" in desk_page


def test_a_full_day_is_exceeded_with_a_reason(client, desk, ann, taken, offering):
    offering.most_a_day = 1
    offering.save()
    client.force_login(desk)
    later = taken.starts_at + timedelta(hours=1)
    wall = local(later, taken.location.time_zone).strftime("%H:%M")
    post = here(ann.patient, offering, day_of(taken))
    page = client.post(post, answers(taken, time=wall), follow=True).text
    assert "Booked beyond the day&#x27;s limit" in page
    made = Appointment.objects.get(patient=ann.patient)
    assert (made.starts_at, made.is_overbooked) == (later, False)
    assert page.count("Acute pain, the day is full") == 1


def test_the_doctor_overbooks_their_own_time(client, dr_lee, ann, taken, offering):
    client.force_login(dr_lee)
    OfferingFactory()
    page = client.get(here(ann.patient))
    choices = page.context["day_form"].fields["offering"].queryset
    assert {one.doctor.user for one in choices} == {dr_lee}
    post = here(ann.patient, offering, day_of(taken))
    client.post(post, answers(taken))
    made = Appointment.objects.get(patient=ann.patient)
    assert (made.is_overbooked, made.booked_via) == (True, "DOCTOR")
    day = client.get(reverse("workspace:day_of", args=[day_of(taken)])).text
    assert "Overbooked</" in day
    assert "Shared time</" in day


def test_an_offering_of_others_is_none_of_theirs(client, dr_lee, ann, taken):
    client.force_login(dr_lee)
    page = client.post(here(ann.patient, OfferingFactory(), day_of(taken)), {})
    assert page.status_code == 422
    assert "Choose a doctor and a visit from the list" in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"time": ""}, "Enter a time, for example 09:00"),
        ({"time": "25:00"}, "Enter a time, for example 09:00"),
        ({"why": " "}, "Give a reason, for whoever works that day"),
        ({"room": str(uuid.uuid4())}, "Choose a room from the list"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    client, desk, ann, taken, offering, fields, words
):
    client.force_login(desk)
    post = here(ann.patient, offering, day_of(taken))
    page = client.post(post, answers(taken, **fields))
    assert page.status_code == 422
    assert words in page.text
    assert "My back" in page.text
    assert not Appointment.objects.filter(patient=ann.patient).exists()


def test_a_taken_room_is_named_at_the_room(client, desk, ann, taken, offering):
    room = RoomFactory(location=offering.location)
    Appointment.objects.filter(pk=taken.pk).update(room=room)
    client.force_login(desk)
    post = here(ann.patient, offering, day_of(taken))
    page = client.post(post, answers(taken, room=room.public_id))
    assert page.context["form"].errors == {
        "room": ["This room is taken then. Choose another one, or none."]
    }


def test_a_patient_who_is_busy_is_named_at_the_time(client, desk, ann, taken, offering):
    AppointmentFactory(patient=ann.patient, starts_at=taken.starts_at)
    client.force_login(desk)
    page = client.post(here(ann.patient, offering, day_of(taken)), answers(taken))
    assert page.context["form"].errors == {
        "time": ["This patient already has a visit then. Choose another time."]
    }


def test_a_day_that_is_over_or_none_is_said_so(client, desk, ann, offering):
    client.force_login(desk)
    for day, words in (
        ("2020-01-01", "Choose today or a day after it"),
        ("soon", "Enter a date"),
    ):
        page = client.get(here(ann.patient, offering, day))
        assert page.status_code == 422
        assert words in page.text


def test_who_may_not_finds_no_such_page(client, ann, zoe, nurse, biller, taken):
    client.force_login(zoe)
    assert client.get(here(ann.patient)).status_code in (403, 404)
    client.force_login(biller)
    assert client.get(here(ann.patient)).status_code == 403
