"""Public holidays of a place: shown first, chosen, and closed on."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.holidays.queries import (
    LONGEST,
    coming_holidays,
    is_known,
    public_holidays,
    regions_of,
)
from clinic.models import Closure
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import LocationFactory

PAGE = reverse("workspace:holidays")
NEW_YEAR = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_new_year(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NEW_YEAR)


@pytest.fixture
def leeds(db):
    return LocationFactory(name="Leeds", slug="leeds", country="GB")


def ask(place="leeds", region="ENG", year=2026):
    return f"{PAGE}?location={place}&region={region}&year={year}"


def names(country, region, year=2026):
    return {one.day: one.name for one in public_holidays(country, region, year)}


@pytest.mark.parametrize(
    ("country", "region", "day", "name"),
    [
        ("GB", "ENG", date(2026, 4, 6), "Easter Monday"),
        # Boxing Day is a Saturday.
        ("GB", "ENG", date(2026, 12, 28), "Boxing Day (observed)"),
        ("DE", "BY", date(2026, 6, 4), "Corpus Christi"),
        ("US", "", date(2026, 11, 26), "Thanksgiving Day"),
    ],
)
def test_they_are_known_by_country_and_region(country, region, day, name):
    assert names(country, region)[day].startswith(name)


def test_what_is_a_holiday_elsewhere_is_none_here():
    assert date(2026, 11, 30) in names("GB", "SCT")
    assert date(2026, 11, 30) not in names("GB", "ENG")
    assert date(2026, 4, 6) not in names("GB", "SCT")


def test_regions_have_the_names_that_people_know():
    assert ("SCT", "Scotland") in regions_of("GB")
    assert ("BY", "Bayern") in regions_of("DE")
    assert ("974", "La Réunion") in regions_of("FR")
    assert regions_of("XX") == []


def test_of_a_country_that_is_not_known_there_are_none():
    assert not is_known("XX")
    assert public_holidays("XX", "", 2026) == []


def test_every_name_fits_where_reasons_are_kept():
    field = Closure._meta.get_field("reason")
    assert field.max_length == LONGEST


def test_what_is_closed_already_is_said_and_what_is_over_is_not_there(leeds):
    days = {"starts_date": date(2026, 12, 24), "ends_date": date(2026, 12, 26)}
    Closure.objects.create(location=None, reason="Christmas", **days)
    elsewhere = LocationFactory()
    Closure.objects.create(
        location=elsewhere,
        reason="Works",
        starts_date=date(2026, 12, 28),
        ends_date=date(2026, 12, 29),
    )
    found = coming_holidays(leeds, "GB", "ENG", 2026, today=date(2026, 5, 25))
    closed = {one.day: one.is_closed for one in found}
    assert closed[date(2026, 12, 25)] is True
    assert closed[date(2026, 12, 28)] is False
    assert min(closed) == date(2026, 5, 25)


def test_they_are_shown_first_and_only_the_chosen_are_closed(client, admin, leeds):
    client.force_login(admin)
    page = client.get(ask())
    assert "Friday 3 April 2026, Good Friday" in page.text
    assert "Scotland" in page.text
    assert not Closure.objects.exists()
    chosen = {"days": ["2026-04-03", "2026-12-25"]}
    answer = client.post(ask(), chosen)
    assert answer["Location"] == reverse("clinic:closures")
    rows = [(one.starts_date, one.ends_date) for one in Closure.objects.order_by("pk")]
    assert rows == [
        (date(2026, 4, 3), date(2026, 4, 4)),
        (date(2026, 12, 25), date(2026, 12, 26)),
    ]
    assert {one.location for one in Closure.objects.all()} == {leeds}
    again = client.get(ask()).text
    assert "Closed already: Friday 3 April (Good Friday)" in again
    assert 'value="2026-04-03"' not in again


def test_pressed_twice_a_day_is_closed_once(client, admin, leeds):
    client.force_login(admin)
    for status in (302, 422):
        assert client.post(ask(), {"days": ["2026-04-03"]}).status_code == status
    assert Closure.objects.count() == 1


def test_who_is_booked_on_one_is_shown_before_anything_is_closed(client, admin, leeds):
    offering = open_offering(location=leeds, visit_type__free=True)
    friday = datetime(2026, 4, 3, 9, tzinfo=UTC)
    AppointmentFactory(offering=offering, starts_at=friday)
    client.force_login(admin)
    page = client.post(ask(), {"days": ["2026-04-03", "2026-12-25"]})
    assert "1 visit is booked in this time" in page.text
    assert not Closure.objects.exists()
    assert page.text.count('name="days"') == 2
    chosen = {"days": ["2026-04-03", "2026-12-25"], "confirmed": "1"}
    assert client.post(ask(), chosen).status_code == 302
    assert Closure.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (ask(region="BY"), "Choose a region of that country"),
        (ask(year=1850), "Choose one of these years"),
        (ask(year=""), "Choose a year"),
        (ask(place="nowhere"), "Choose a location from the list"),
        (ask(place="", region=""), "Choose a location: they differ by country"),
        (ask(place="atlantis", region=""), "We know no public holidays of XX"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(client, admin, leeds, address, words):
    LocationFactory(slug="atlantis", country="XX")
    client.force_login(admin)
    page = client.get(address)
    assert page.status_code == 422
    assert words in page.text


def test_no_day_and_no_other_day_can_be_chosen(client, admin, leeds):
    client.force_login(admin)
    for days, words in (
        ([], "Choose one day at least"),
        (["2026-04-04"], "Choose from the days below"),
        (["2026-01-01"], "Choose from the days below"),
    ):
        page = client.post(ask(), {"days": days})
        assert page.status_code == 422
        assert words in page.text
    assert not Closure.objects.exists()


def test_a_clinic_in_one_country_closes_as_a_whole(client, admin, leeds):
    client.force_login(admin)
    assert client.post(ask(place=""), {"days": ["2026-12-25"]}).status_code == 302
    assert Closure.objects.get().location is None
