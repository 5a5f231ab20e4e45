"""The page of imported calendars, for doctors and for the desk."""

import pytest
from django.urls import reverse

from booking.imports.models import ImportedCalendar, Problem
from booking.models import BusyTime

PAGE = reverse("booking:imports")
ADDRESS = "https://8.8.8.8/private-7f3a/basic.ics"


@pytest.fixture
def calendar(dr_lee, clock):
    return ImportedCalendar.objects.create(
        doctor=dr_lee.doctor, name="University", address=ADDRESS, due_at=clock.at
    )


def add(client, address, page=PAGE, name="University"):
    return client.post(page, {"name": name, "address": address})


def test_a_doctor_adds_reads_and_removes_one(client, dr_lee, clock):
    client.force_login(dr_lee)
    assert add(client, ADDRESS.replace("https", "webcal")).status_code == 302
    calendar = ImportedCalendar.objects.get()
    assert (calendar.doctor, calendar.address) == (dr_lee.doctor, ADDRESS)
    page = client.get(PAGE)
    assert "University" in page.text
    assert "Being read" in page.text
    assert "private-7f3a" not in page.text
    for name in ("import_read", "import_remove"):
        path = reverse(f"booking:{name}", args=[calendar.public_id])
        assert client.post(path).status_code == 302
    assert not ImportedCalendar.objects.exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Paste the address of the calendar"),
        ("http://8.8.8.8/basic.ics", "begins with https://"),
        ("https://127.0.0.1/basic.ics", "begins with https://"),
        ("webcal://[::1]/basic.ics", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("my calendar", "begins with https://"),
        ("https://nowhere.invalid/basic.ics", "leads nowhere"),
    ],
)
def test_an_address_that_cannot_be_read_is_told_beside_it(
    client, dr_lee, clock, address, words
):
    client.force_login(dr_lee)
    page = add(client, address)
    assert page.status_code == 422
    assert words in page.text
    assert 'value="University"' in page.text
    assert not ImportedCalendar.objects.exists()


def test_the_same_one_again_is_refused_beside_it(client, dr_lee, calendar):
    client.force_login(dr_lee)
    page = add(client, ADDRESS)
    assert page.status_code == 422
    assert "imported already" in page.text


def test_what_is_wrong_stands_there_in_words_with_the_hour_it_was_read(
    client, dr_lee, calendar, clock
):
    calendar.problem, calendar.failing_since = Problem.DENIED, clock.at
    calendar.read_at, calendar.skipped = clock.at, 2
    calendar.save()
    client.force_login(dr_lee)
    page = client.get(PAGE).text
    for words in (
        "Cannot be read",
        "The address is not open to us.",
        "Copy the secret or private address",
        "still closes the calendar",
        "2 entries could not be understood",
    ):
        assert words in page


def test_the_desk_sees_all_and_adds_for_a_doctor(client, desk, dr_roy, calendar):
    calendar.problem, calendar.failing_since = Problem.GONE, calendar.due_at
    calendar.save()
    client.force_login(desk)
    page = client.get(PAGE).text
    assert calendar.doctor.full_name in page
    assert "Cannot be read" in page
    assert "1 imported calendar cannot be read" in client.get("/clinic/desk/").text
    roys = f"{PAGE}?doctor=dr-roy"
    assert client.get(roys).status_code == 200
    assert add(client, ADDRESS, roys).url == roys
    assert dr_roy.doctor.imported_calendars.count() == 1


def test_a_doctor_reaches_no_calendar_of_another(client, dr_roy, calendar):
    client.force_login(dr_roy)
    assert client.get(f"{PAGE}?doctor=dr-lee").status_code == 404
    assert add(client, ADDRESS, f"{PAGE}?doctor=dr-lee").status_code == 404
    for name in ("import_read", "import_remove"):
        path = reverse(f"booking:{name}", args=[calendar.public_id])
        assert client.post(path).status_code == 404
    assert ImportedCalendar.objects.get() == calendar
    assert "8.8.8.8" not in client.get(PAGE).text


def test_the_day_shows_that_the_doctor_is_busy_and_not_with_what(
    client, dr_lee, calendar, practice
):
    practice.hours(dr_lee.doctor)
    practice.offer(dr_lee.doctor, "free")
    BusyTime.objects.create(
        doctor=dr_lee.doctor,
        calendar=calendar,
        starts_at="2026-03-12T13:00Z",
        ends_at="2026-03-12T14:00Z",
    )
    client.force_login(dr_lee)
    assert "Busy elsewhere" in client.get(reverse("workspace:day")).text
