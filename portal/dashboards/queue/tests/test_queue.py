"""The queue at work, walk-ins, rooms, displays and posters."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from booking.models import QueueRules, Screen, Turn
from booking.queue import services
from tests.factories.accounts import CareRelationFactory, PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, RoomFactory

QUEUE = reverse("workspace:queue")


@pytest.fixture
def now(monkeypatch, location):
    """Ten in the morning, whenever the test runs."""
    at = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(timezone, "now", lambda: at)
    return at


@pytest.fixture
def visit(now, make_visit):
    return make_visit(starts_at=now, ends_at=now + timedelta(minutes=30))


def text(client, address=QUEUE, **more):
    return client.get(address, **more).content.decode()


def press(client, visit, verb):
    address = reverse("workspace:move", args=[visit.public_id, verb])
    return client.post(address, {"next": QUEUE}, follow=True).content.decode()


def test_the_desk_takes_a_patient_through_the_day_with_one_press_each(
    client, desk, visit
):
    client.force_login(desk)
    page = press(client, visit, "arrive")
    number = Turn.objects.get().number
    assert number in page
    assert "1 patient waits" in page
    assert "Call next" in page
    page = press(client, visit, "call")
    assert "In the room" in page
    assert "Call next" not in page
    press(client, visit, "start")
    page = press(client, visit, "complete")
    assert "Undo done" in page
    page = press(client, visit, "back")
    assert "1 patient waits" in page


def test_a_doctor_sees_their_own_queue_only(client, dr_roy, dr_lee, offering, visit):
    client.force_login(dr_lee)
    assert visit.reference in text(client)
    # Whom they treat is somebody else's today.
    CareRelationFactory(patient=visit.patient, user=dr_roy)
    client.force_login(dr_roy)
    assert visit.reference not in text(client)


def test_patients_and_billing_do_not_come_in(client, ann, biller, visit):
    for person in (ann, biller):
        client.force_login(person)
        assert client.get(QUEUE).status_code == 403


def test_the_desk_of_another_place_sees_nothing_of_it(client, desk, visit):
    elsewhere = LocationFactory(name="Zinc Road", slug="zinc-road")
    client.force_login(desk)
    page = text(client, f"{QUEUE}?location={elsewhere.slug}")
    assert visit.reference not in page
    assert "Nobody is here or expected today" in page


def _make_queue(location, now, count, doctor):
    for number in range(count):
        visit = AppointmentFactory(
            patient=PatientFactory(),
            doctor=doctor,
            location=location,
            starts_at=now + timedelta(minutes=number),
            minutes=1,
        )
        services.check_in(actor=None, appointment=visit, at=now)


@pytest.mark.parametrize("count", [1, 5])
def test_the_queue_costs_a_fixed_number_of_queries(
    client, desk, dr_lee, location, now, count, django_assert_max_num_queries
):
    _make_queue(location, now, count, dr_lee.doctor)
    client.force_login(desk)
    client.get(QUEUE)
    with django_assert_max_num_queries(16):
        client.get(QUEUE, headers={"HX-Request": "true", "X-Refresh": "true"})


def test_a_walk_in_goes_from_the_search_into_the_queue(client, desk, offering, now):
    offering.visit_type.payment_policy = "AT_CLINIC"
    offering.visit_type.save()
    patient = PatientFactory(last_name="Walker")
    client.force_login(desk)
    address = reverse("workspace:walk_in")
    assert "Walker".upper() in text(client, f"{address}?q=walk")
    page = text(client, f"{address}?patient={patient.public_id}")
    choice = re.findall(r'name="choice"\s+value="([^"]+)"', page)[0]
    where = f"{address}?patient={patient.public_id}"
    # Without a time, what was written stays.
    page = client.post(where, {"reason": "Cough", "choice": "nonsense"})
    assert page.status_code == 409
    assert "Choose a time" in page.content.decode()
    assert "Cough</textarea>" in page.content.decode()
    done = client.post(where, {"choice": choice, "reason": "Cough"}, follow=True)
    turn = Turn.objects.get()
    assert turn.is_walk_in
    assert f"with number {turn.number}" in done.content.decode()
    # It is the queue of the place where they are.
    assert done.redirect_chain[-1][0].endswith(f"?location={offering.location.slug}")
    # Somebody else took it meanwhile: what was written stays.
    other = PatientFactory()
    late = choice.rpartition(" ")[0] + " 00000000-0000-4000-8000-000000000000"
    page = client.post(
        f"{address}?patient={other.public_id}", {"choice": late, "reason": "Sore knee"}
    )
    assert page.status_code == 409
    assert "Sore knee" in page.content.decode()


def test_the_place_whose_queue_it_is_goes_along(client, desk, offering, now, location):
    patient = PatientFactory(last_name="Walker")
    client.force_login(desk)
    walk_in = reverse("workspace:walk_in")
    link = f"{walk_in}?location={location.slug}"
    assert link in text(
        client, f"{reverse('workspace:queue')}?location={location.slug}"
    )
    found = text(client, f"{link}&q=walk")
    assert f"?patient={patient.public_id}&amp;location={location.slug}" in found
    assert f'name="location" value="{location.slug}"' in found
    times = text(
        client, f"{walk_in}?patient={patient.public_id}&location={location.slug}"
    )
    assert f'<option value="{location.slug}" selected>' in times
    assert "location=elsewhere" not in text(
        client, f"{walk_in}?location=elsewhere&q=walk"
    )


def test_a_free_time_abroad_names_its_clock(client, desk, offering, now, location):
    offering.visit_type.payment_policy = "AT_CLINIC"
    offering.visit_type.save()
    address = f"{reverse('workspace:walk_in')}?patient={PatientFactory().public_id}"
    client.force_login(desk)
    here = text(client, address)
    assert "Take in now" in here
    assert "London time" not in here
    location.time_zone = "Europe/Paris"
    location.save()
    assert "Paris time (C" in text(client, address)


def test_a_new_patient_goes_on_to_the_walk_in(client, desk, now, location):
    client.force_login(desk)
    address = f"{reverse('workspace:desk_register')}?then=walk-in"
    fields = {
        "first_name": "Nora",
        "last_name": "New",
        "birth_date_day": 3,
        "birth_date_month": 4,
        "birth_date_year": 1990,
        "phone": "020 7946 0123",
    }
    page = client.post(address, fields)
    assert page["Location"].startswith(reverse("workspace:walk_in"))


def test_rooms_are_changed_and_swapped(client, desk, visit, location):
    first = RoomFactory(location=location, name="Room 1")
    second = RoomFactory(location=location, name="Room 2")
    type(visit).objects.filter(pk=visit.pk).update(room=first)
    other = AppointmentFactory(
        location=location, starts_at=visit.starts_at, room=second
    )
    client.force_login(desk)
    address = reverse("workspace:queue_room", args=[visit.public_id])
    page = client.post(address, {"room": second.public_id})
    assert page.status_code == 422
    assert "Somebody else has this room then" in page.content.decode()
    client.post(address, {"room": second.public_id, "swap": "on"})
    visit.refresh_from_db()
    other.refresh_from_db()
    assert (visit.room, other.room) == (second, first)


def test_a_display_is_made_shown_once_and_ended(client, desk, location):
    client.force_login(desk)
    address = reverse("workspace:screens")
    page = client.post(address, {"location": location.slug, "name": "Hall"})
    shown = re.search(r'href="http[^"]+/screen/([^/]+)/"', page.content.decode())
    assert shown
    wall = reverse("booking:screen", args=[shown[1]])
    assert client.get(wall).status_code == 200
    assert shown[1] not in text(client, address)
    screen = Screen.objects.get()
    client.post(reverse("workspace:screen_end", args=[screen.public_id]))
    assert client.get(wall).status_code == 410


def test_a_display_without_a_name_is_refused_beside_it(client, desk, location):
    client.force_login(desk)
    page = client.post(
        reverse("workspace:screens"), {"location": location.slug, "name": ""}
    )
    assert page.status_code == 422
    assert "Say where the display hangs" in page.content.decode()


def test_the_poster_leads_to_the_door_of_its_place(client, desk, location, settings):
    client.force_login(desk)
    page = text(client, reverse("workspace:poster", args=[location.public_id]))
    door = reverse("booking:here_door", args=[location.public_id])
    assert f"{settings.SITE_URL}{door}" in page
    assert "<svg" in page


def test_rules_are_medical_administrations_and_stay_sensible(
    client, desk, medical_admin
):
    address = reverse("workspace:queue_rules")
    fields = {
        "opens_minutes": 30,
        "missed_minutes": 20,
        "back_minutes": 10,
        "marks_missed": "on",
    }
    client.force_login(desk)
    assert client.post(address, fields).status_code == 403
    client.force_login(medical_admin)
    page = client.post(address, {**fields, "missed_minutes": 5})
    assert page.status_code == 422
    assert not QueueRules.objects.exists()
    client.post(address, fields)
    assert QueueRules.objects.get().missed_minutes == 20


def test_a_locations_own_rules_show_the_clinics_and_are_taken_back(
    client, desk, medical_admin, location
):
    other = LocationFactory(name="Uptown")
    address = reverse("workspace:queue_rules_at", args=[location.public_id])
    client.force_login(desk)
    assert client.post(address, {"missed_minutes": "45"}).status_code == 403
    client.force_login(medical_admin)
    page = client.get(address).text
    assert "Empty: the clinic&#x27;s, 30." in page
    assert "As the clinic: yes" in page
    assert client.post(address, {"missed_minutes": "5"}).status_code == 422
    page = client.post(
        address, {"missed_minutes": "45", "marks_missed": "False"}, follow=True
    ).text
    assert "missed after 45, not by itself" in page
    made = QueueRules.objects.get()
    assert (made.location, made.missed_minutes, made.opens_minutes) == (
        location, 45, None,
    )  # fmt: skip
    assert 'value="45"' in client.get(address).text
    client.post(address, {})
    assert not QueueRules.objects.exists()
    # Of one location alone, of its own alone.
    medical_admin.role_assignments.update(place=location.place)
    away = reverse("workspace:queue_rules_at", args=[other.public_id])
    assert client.get(away).status_code == 404
    assert client.get(address).status_code == 200
