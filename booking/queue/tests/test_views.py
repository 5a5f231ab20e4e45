"""Checking in by link, in the portal and at the door; the wall."""

from datetime import timedelta

import pytest
from django.urls import reverse

from booking.appointments.queries import manage_token
from booking.conftest import NOW
from booking.models import Turn
from booking.queue import services
from clinic.models import Location
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def link(visit):
    return reverse("booking:here_link", args=[manage_token(visit)])


@pytest.fixture
def door(practice):
    return reverse("booking:here_door", args=[practice.location.public_id])


def typed(visit, **more):
    born = visit.patient.birth_date
    return {
        "reference": visit.reference,
        "birth_date_day": born.day,
        "birth_date_month": born.month,
        "birth_date_year": born.year,
        **more,
    }


def test_looking_at_the_link_changes_nothing_and_posting_checks_in(client, link):
    page = client.get(link)
    assert "I am here" in page.content.decode()
    assert not Turn.objects.exists()
    page = client.post(link, follow=True)
    turn = Turn.objects.get()
    assert turn.via == "LINK"
    assert turn.number in page.content.decode()


def test_the_link_asks_for_the_address_once_and_says_what_is_to_pay(client, link, ann):
    page = client.get(link).content.decode()
    assert "Your address" in page
    assert "£65.00 is to pay at the front desk" in page
    client.post(link, {"address": "1 Mill Lane"})
    ann.patient.refresh_from_db()
    assert ann.patient.address == "1 Mill Lane"


def test_too_long_an_address_is_refused_beside_it_and_loses_nothing(client, link):
    page = client.post(link, {"address": "x" * 301})
    assert page.status_code == 422
    assert "Write at most 300 characters" in page.content.decode()
    assert "x" * 301 in page.content.decode()
    assert not Turn.objects.exists()


def test_before_its_time_the_link_says_from_when(client, make_visit):
    later = make_visit(180)
    here = reverse("booking:here_link", args=[manage_token(later)])
    assert "You can check in here from" in client.get(here).content.decode()
    page = client.post(here, follow=True).content.decode()
    assert "cannot check in for this visit now" in page
    assert not Turn.objects.exists()


def test_the_page_says_live_that_the_doctor_is_ready(client, link, visit, desk):
    services.check_in(actor=desk, appointment=visit, at=NOW)
    part = client.get(link, headers={"HX-Request": "true"}).content.decode()
    assert "You are checked in" in part
    assert "<html" not in part
    services.call_in(actor=desk, appointment=visit, at=NOW)
    part = client.get(link, headers={"HX-Request": "true"}).content.decode()
    assert "Go to <strong>Room 1</strong>" in part


def test_nobody_checks_in_for_somebody_else_in_the_portal(client, visit, ann, zoe):
    here = reverse("booking:here_own", args=[visit.public_id])
    client.force_login(zoe)
    assert client.post(here).status_code == 404
    assert not Turn.objects.exists()
    client.force_login(ann)
    assert client.post(here).status_code == 302
    assert Turn.objects.get().via == "PORTAL"


def test_reference_and_birth_date_check_in_at_the_door(client, door, visit):
    page = client.post(door, typed(visit))
    assert page.status_code == 302
    assert Turn.objects.get().via == "DOOR"


def test_the_door_answers_alike_to_all_that_does_not_fit(
    client, door, visit, make_visit, offering, settings
):
    elsewhere = AppointmentFactory(
        location=LocationFactory(), starts_at=NOW, reference="K7Q-2MY"
    )
    tomorrow = make_visit(24 * 60, reference="K7Q-2MZ")
    tries = {
        "reference": typed(visit, reference="ZZZ-ZZZ"),
        "birth date": typed(visit, birth_date_year=1950),
        "place": typed(elsewhere),
        "day": typed(tomorrow),
    }
    answers = set()
    for fields in tries.values():
        page = client.post(door, fields)
        text = page.content.decode()
        start = text.index('role="alert"')
        words = text[start : text.index("</div>", start)]
        answers.add((page.status_code, words))
    assert len(answers) == 1
    assert "Ask at the front desk" in answers.pop()[1]
    assert not Turn.objects.exists()


def test_guessing_at_the_door_is_slow(client, door, visit):
    for _ in range(10):
        page = client.post(door, typed(visit, birth_date_year=1950))
        assert page.status_code == 422
    page = client.post(door, typed(visit))
    assert page.status_code == 429
    assert not Turn.objects.exists()


def test_who_is_signed_in_sees_their_visits_of_today_at_the_door(
    client, door, visit, ann, zoe
):
    client.force_login(ann)
    here = reverse("booking:here_own", args=[visit.public_id])
    assert here in client.get(door).content.decode()
    client.force_login(zoe)
    assert here not in client.get(door).content.decode()


@pytest.fixture
def screen(practice, desk):
    return services.make_screen(
        actor=desk, location=practice.location, name="Hall", at=NOW
    )


def test_the_wall_prints_number_and_room_and_nothing_else(
    client, screen, visit, ann, desk
):
    address = reverse("booking:screen", args=[screen[1]])
    turn = services.check_in(actor=desk, appointment=visit, at=NOW)
    services.call_in(actor=desk, appointment=visit, at=NOW)
    page = client.get(address)
    shown = page.content.decode()
    assert turn.number in shown
    assert "Room 1" in shown
    for word in (
        ann.patient.last_name,
        visit.doctor.last_name,
        visit.reference,
        visit.visit_type.name,
    ):
        assert word not in shown
    assert page.cookies == {}
    assert "no-store" in page["Cache-Control"]


def test_the_wall_shows_the_words_of_its_location_and_of_no_other(client, screen):
    address = reverse("booking:screen", args=[screen[1]])
    LocationFactory(wall_text="Elsewhere")
    assert "mc-wall__text" not in client.get(address).text
    Location.objects.filter(pk=screen[0].location_id).update(wall_text="<Welcome>")
    for more in ({}, {"headers": {"HX-Request": "true"}}):
        shown = client.get(address, **more).text
        assert '<p class="mc-wall__text">&lt;Welcome&gt;</p>' in shown
        assert "Elsewhere" not in shown


def test_an_ended_display_says_so_and_a_guessed_one_opens_nothing(client, screen, desk):
    row, key = screen
    address = reverse("booking:screen", args=[key])
    services.end_screen(actor=desk, screen=row, at=NOW)
    assert client.get(address).status_code == 410
    part = client.get(address, headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"
    guessed = reverse("booking:screen", args=[row.key_hash])
    assert client.get(guessed).status_code == 410
