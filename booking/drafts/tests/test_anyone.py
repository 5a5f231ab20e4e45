"""Anyone will do: who has a time, who has it when that one is lost, what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from booking.conftest import NOW
from booking.drafts.queries import others_at
from booking.drafts.tests.walking import (
    MONDAY,
    choose_reason,
    slot,
    url,
)
from booking.models import Appointment, Draft
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

SPOKEN = (["en"], ["en", "pt"], ["pt"])
WEDNESDAY = datetime(2026, 3, 18, 15, tzinfo=UTC)


@pytest.fixture
def offerings(practice, free_visit):
    """The free visit with Dr Adams, Dr Baptiste and Dr Calloway."""
    names = ("Baptiste", "Adams")
    return [
        *(
            practice.offer(practice.doctor(n), kind=free_visit.visit_type)
            for n in names
        ),
        free_visit,
    ]


def booked(offering, starts_at, **fields):
    return AppointmentFactory(offering=offering, starts_at=starts_at, **fields)


def order(offerings, *, lost=None):
    """Who would have Monday at ten, by name."""
    found = others_at(offerings, lost or offerings[0], MONDAY, patient=None, at=NOW)
    return [one.doctor.last_name for one in found]


def test_the_name_decides_where_nobody_has_anything(offerings):
    assert order(offerings) == ["Adams", "Calloway"]


def test_who_has_least_booked_that_day_comes_first(offerings):
    _, adams, calloway = offerings
    booked(adams, MONDAY + timedelta(hours=2))
    booked(calloway, WEDNESDAY)
    booked(calloway, WEDNESDAY + timedelta(hours=1))
    assert order(offerings) == ["Calloway", "Adams"]


def test_of_a_day_alike_the_week_decides(offerings):
    _, adams, calloway = offerings
    booked(adams, WEDNESDAY)
    booked(calloway, WEDNESDAY + timedelta(days=7))
    booked(calloway, WEDNESDAY - timedelta(days=7))
    assert order(offerings) == ["Calloway", "Adams"]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "CANCELLED"},
        {"status": "HELD", "hold_expires_at": NOW, "patient": None},
    ],
)
def test_what_is_over_is_no_load(offerings, fields):
    booked(offerings[1], MONDAY + timedelta(hours=2), **fields)
    assert order(offerings) == ["Adams", "Calloway"]


def test_who_is_taken_then_is_not_asked(offerings):
    booked(offerings[1], MONDAY)
    assert order(offerings) == ["Calloway"]


def test_nobody_is_sent_to_another_place(client, offerings, practice):
    there, doctor = LocationFactory(), practice.doctor("Drummond", works=False)
    for offering in offerings:
        booked(offering, MONDAY)
    practice.hours(doctor, location=there)
    practice.offer(doctor, location=there, kind=offerings[0].visit_type)
    draft = choose_reason(client, offerings[0])
    answer = client.post(url("time", draft), {"slot": slot(offerings[1])})
    assert answer.status_code == 409
    assert "Drummond" not in answer.text


def test_each_time_says_who_would_have_it(client, offerings):
    draft = choose_reason(client, offerings[0])
    day = {"day": "2026-03-16"}
    page = client.get(url("time", draft), day).text
    assert "Each time names who would see you" in page
    assert f'value="{slot(offerings[1])}"' in page
    assert "with </span>Dr Adams" in page
    named = client.get(url("time", draft), {**day, "doctor": "dr-calloway"}).text
    assert f'value="{slot(offerings[2])}"' in named
    assert "with </span>Dr" not in named


def test_lost_to_somebody_the_next_one_has_it_in_the_same_press(client, offerings):
    draft = choose_reason(client, offerings[0])
    booked(offerings[1], MONDAY)
    answer = client.post(url("time", draft), {"slot": slot(offerings[1])}, follow=True)
    held = Appointment.objects.get(status="HELD")
    assert held.doctor.last_name == "Baptiste"
    assert "Adams has just been booked at this time" in answer.text
    assert "Dr Ines Baptiste" in answer.text
    draft.refresh_from_db()
    assert draft.appointment == held


def test_who_asked_for_one_doctor_gets_no_other(client, offerings):
    draft = choose_reason(client, offerings[0])
    booked(offerings[1], MONDAY)
    page = f"{url('time', draft)}?doctor=dr-adams"
    answer = client.post(page, {"slot": slot(offerings[1])})
    assert answer.status_code == 409
    assert "Nearest free times with Dr Ines Adams" in answer.text
    assert "doctor=dr-adams" in answer.text


def test_when_all_are_taken_the_nearest_of_all_are_offered(client, offerings):
    draft = choose_reason(client, offerings[0])
    for offering in offerings:
        booked(offering, MONDAY)
    answer = client.post(url("time", draft), {"slot": slot(offerings[1])})
    assert answer.status_code == 409
    assert not Appointment.objects.filter(status="HELD").exists()
    assert "Nearest free times" in answer.text
    assert "Nearest free times with" not in answer.text
    near = MONDAY + timedelta(minutes=30)
    assert f'value="{slot(offerings[1], near)}"' in answer.text


def test_a_language_that_was_asked_for_is_kept(client, offerings):
    for offering, languages in zip(offerings, SPOKEN, strict=True):
        offering.doctor.languages = languages
        offering.doctor.save()
    start = reverse("booking:draft_start")
    page = client.get(start, {"specialty": "gp", "language": "pt"})
    assert 'name="language" value="pt"' in page.text
    draft = choose_reason(client, offerings[0], language="pt")
    assert Draft.objects.get(pk=draft.pk).answers["language"] == "pt"
    times = client.get(url("time", draft)).text
    assert "Speaks Portuguese" in times
    assert "Baptiste" not in times
    for offering in offerings[1:]:
        booked(offering, MONDAY)
    answer = client.post(url("time", draft), {"slot": slot(offerings[1])})
    assert answer.status_code == 409


def test_the_directory_leads_there_with_its_filters(client, offerings):
    page = client.get(reverse("booking:directory"), {"specialty": "gp"}).text
    assert 'href="/book/?specialty=gp"' in page
    both = client.get(
        reverse("booking:directory"), {"specialty": "gp", "language": "pt"}
    ).text
    assert "/book/?specialty=gp&amp;language=pt" in both
    assert "First available" not in client.get(reverse("booking:directory")).text
