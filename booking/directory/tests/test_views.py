"""The list of doctors, as the public pages get it."""

import re
from datetime import date, timedelta

import pytest

from booking.appointments.models import Status
from clinic.visit_types.models import VisitType
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory, OfferingFactory, SpecialtyFactory

LIST = "/book/fragments/directory/"


@pytest.fixture
def clinic(practice):
    """Calloway sees people from tomorrow on, Baptiste from Monday on, Haddad by video
    at another place, Idle never."""
    nerves = SpecialtyFactory(name="Neurology", plain_name="Nerves", slug="nerves")
    northgate = LocationFactory(name="Northgate", slug="northgate")
    visit = practice.kind(minimum_notice_minutes=12 * 60)
    video = practice.kind(
        name="Video visit", slug="video", mode=VisitType.Mode.VIDEO, price=40
    )
    practice.offer(practice.doctor("Calloway"), kind=visit)
    baptiste = practice.doctor("Baptiste", first_name="Owen", works=False)
    practice.hours(baptiste, days=[0])
    practice.offer(baptiste, kind=visit)
    haddad = practice.doctor(
        "Haddad",
        first_name="Samira",
        specialty=nerves,
        works=False,
        languages=["en", "ar"],
    )
    practice.hours(haddad, location=northgate, days=[1], start=13)
    practice.offer(haddad, kind=video, location=northgate)
    idle = practice.doctor("Idle", first_name="Çelik", works=False, languages=["cy"])
    practice.offer(idle, kind=visit)
    return practice


def names(client, query=""):
    """The doctors of the list, in order."""
    page = client.get(f"{LIST}?{query}").content.decode()
    return re.findall(r'id="d-dr-[^>]*><a[^>]*>Dr \w+ (\w+)<', page)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_soonest_come_first_and_who_has_no_time_last(client, clinic):
    assert names(client) == ["Calloway", "Baptiste", "Haddad", "Idle"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("specialty=nerves", ["Haddad"]),
        ("specialty=nerves&specialty=gp", ["Calloway", "Baptiste", "Haddad", "Idle"]),
        ("location=northgate", ["Haddad"]),
        ("visit=video", ["Haddad"]),
        ("visit=in-person", ["Calloway", "Baptiste", "Idle"]),
        ("visit=in-person&location=northgate", []),
        ("language=ar", ["Haddad"]),
        ("next=today", []),
        ("next=3d", ["Calloway"]),
        ("next=7d", ["Calloway", "Baptiste", "Haddad"]),
        ("day=2026-03-16", ["Baptiste", "Calloway"]),
        ("day=2026-03-15", []),
        ("q=haddad", ["Haddad"]),
        ("q=samira hadad", ["Haddad"]),
        ("q=celik", ["Idle"]),
        ("q=neurolgy", ["Haddad"]),
        ("q=nobody", []),
        ("q=haddad&language=cy", []),
        ("sort=name", ["Baptiste", "Calloway", "Haddad", "Idle"]),
        ("sort=price", ["Haddad", "Baptiste", "Calloway", "Idle"]),
    ],
)
def test_filters_and_orders(client, clinic, query, found):
    assert names(client, query) == found


@pytest.mark.parametrize(
    "query",
    ["page=x", "page=-1", "page=99", "day=soon", "next=x", "sort=x", "visit=x", "a=b"],
)
def test_what_is_not_understood_counts_as_not_asked(client, clinic, query):
    assert names(client, query) == ["Calloway", "Baptiste", "Haddad", "Idle"]


def test_choices_say_how_many_doctors_they_would_leave(client, clinic):
    page = text(client.get(f"{LIST}?visit=in-person"))
    for value, count in [("gp", 3), ("nerves", 0)]:
        assert re.search(
            rf'value="{value}"> <label[^>]*>[^<]*</label> <span[^>]*>{count}<', page
        )
    # The filter's own choices are counted as if nothing of it were chosen.
    assert re.search(r'value="video"> <label[^>]*>Video</label> <span[^>]*>1<', page)
    assert re.search(
        r'value="3d"> <label[^>]*>Within 3 days</label> <span[^>]*>1<', page
    )


def test_filters_in_use_can_be_taken_off(client, clinic):
    page = text(client.get(f"{LIST}?visit=in-person&language=en"))
    assert 'href="?language=en"' in page
    assert 'aria-label="Remove filter: In person"' in page
    assert "2 doctors</strong>" in page


def test_no_result_names_the_filter_to_drop(client, clinic):
    page = text(client.get(f"{LIST}?visit=video&language=cy"))
    assert "No doctor fits all of this" in page
    assert re.search(r'href="\?language=cy"[^>]*>Without Video: 1 doctor<', page)
    assert re.search(r'href="\?visit=video"[^>]*>Without Welsh: 1 doctor<', page)


def test_a_filter_whose_absence_helps_nobody_is_not_named(client, clinic):
    page = text(client.get(f"{LIST}?visit=video&language=cy&q=haddad"))
    assert "Without Welsh: 1 doctor" in page
    assert "Without Video" not in page


def test_a_time_is_a_link_that_says_whose_and_when(client, clinic):
    page = text(client.get(f"{LIST}?q=baptiste"))
    assert (
        'href="/book/?doctor=dr-baptiste&amp;service=gp-visit&amp;location=canal-street'
        '&amp;slot=2026-03-16T09:00Z"' in page
    )
    assert 'aria-label="Dr Owen Baptiste, Monday 16 March at 9:00am"' in page
    assert "All times are London time (GMT)." in page


def test_nothing_within_a_week_says_when(client, clinic):
    haddad = "service=video"
    VisitType.objects.filter(slug="video").update(minimum_notice_minutes=9 * 1440)
    page = text(client.get(f"{LIST}?q=haddad"))
    assert "No times in the next 7 days.<br><strong>Next: Tue 24 March, 1:00pm" in page
    assert haddad not in page


def test_a_doctor_who_left_or_is_hidden_is_not_there(client, clinic):
    assert "Calloway" in names(client)
    doctors = clinic.specialty.doctors
    doctors.filter(last_name="Calloway").update(left_date=date(2026, 3, 12))
    doctors.filter(last_name="Baptiste").update(is_listed=False)
    assert names(client) == ["Haddad", "Idle"]
    page = client.get(LIST).content.decode()
    assert "dr-calloway" not in page
    assert "dr-baptiste" not in page


def test_a_doctor_who_takes_no_new_patients_has_no_times(client, clinic):
    clinic.specialty.doctors.filter(last_name="Calloway").update(
        takes_new_patients=False
    )
    page = text(client.get(f"{LIST}?q=calloway"))
    assert "Not taking new patients" in page
    assert "slot=" not in page


def test_what_is_booked_by_phone_has_no_times(client, clinic):
    VisitType.objects.filter(slug="video").update(booking_policy="CALL")
    page = text(client.get(f"{LIST}?q=haddad"))
    assert "Booked by phone" in page
    assert "slot=" not in page


def test_a_time_that_is_held_is_not_offered(client, clinic, clock):
    doctor = clinic.specialty.doctors.get(last_name="Baptiste")
    link = "slot=2026-03-16T09:00Z"
    assert link in client.get(f"{LIST}?q=baptiste").content.decode()
    hold = AppointmentFactory(
        doctor=doctor,
        patient=None,
        status=Status.HELD,
        hold_expires_at=clock.at + timedelta(minutes=15),
        starts_at=clock.at.replace(day=16, hour=9, minute=0),
    )
    assert link not in client.get(f"{LIST}?q=baptiste").content.decode()
    clock.at = hold.hold_expires_at
    assert link in client.get(f"{LIST}?q=baptiste").content.decode()


def test_places_with_other_clocks_are_named(client, clinic):
    paris = LocationFactory(slug="port-clair", time_zone="Europe/Paris")
    benali = clinic.doctor("Benali", works=False)
    clinic.hours(benali, location=paris)
    OfferingFactory(
        doctor=benali,
        visit_type=VisitType.objects.get(slug="gp-visit"),
        location=paris,
    )
    page = text(client.get(LIST))
    assert "Times are those of each place." in page
    assert "Paris time (CET)" in page
    assert 'aria-label="Dr Ines Benali, Friday 13 March at 9:00am"' in page


def test_long_lists_come_in_pages_that_keep_the_filters(client, practice):
    visit = practice.kind()
    for number in range(21):
        practice.offer(practice.doctor(f"Number{number:02}"), kind=visit)
    assert len(names(client, "language=en")) == 20
    assert (
        "language=en&amp;page=2" in client.get(f"{LIST}?language=en").content.decode()
    )
    assert len(names(client, "language=en&page=2")) == 1


@pytest.mark.parametrize(
    ("query", "queries"), [("", 7), ("day=2026-03-16", 7), ("next=7d", 7)]
)
def test_20_doctors_cost_as_many_queries_as_one(
    client, practice, django_assert_num_queries, query, queries
):
    visit = practice.kind()
    practice.offer(practice.doctor("First"), kind=visit)
    client.get(LIST)
    for more in ([], ["Second", "Third"], [f"Number{n:02}" for n in range(17)]):
        for name in more:
            practice.offer(practice.doctor(name), kind=visit)
        with django_assert_num_queries(queries):
            client.get(f"{LIST}?{query}")


def test_nobody_keeps_the_list(client, clinic):
    response = client.get(LIST)
    assert response["Cache-Control"] == "private, no-store"
    assert "csrftoken" not in response.cookies
    assert "sessionid" not in response.cookies


def test_the_address_of_the_page_follows_the_filters(client, clinic):
    response = client.get(
        f"{LIST}?visit=video&q=",
        headers={
            "HX-Request": "true",
            "HX-Target": "results",
            "HX-Current-URL": "http://testserver/doctors/?page=2",
        },
    )
    assert response["HX-Push-Url"] == "/doctors/?visit=video"


def test_within_a_second_the_list_is_made_once(
    client, clinic, settings, django_assert_num_queries
):
    settings.CACHES = {
        **settings.CACHES,
        "live": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "test-live",
        },
    }
    first = client.get(LIST).content
    # It is counted all the same.
    with django_assert_num_queries(1):
        assert client.get(LIST).content == first
