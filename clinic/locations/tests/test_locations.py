"""Locations as an administrator sees to them, through HTTP and by the services."""

from datetime import time

import pytest
from django.urls import reverse

from accounts.models import Place
from audit.models import Entry
from clinic.locations.services import HoursWrong, OpenSpan, save_location
from clinic.models import Location, OpeningHours
from tests.factories.clinic import LocationFactory

QUAYSIDE = {
    "name": "Quayside",
    "address": "1 Quay Street",
    "city": "Cork",
    "postcode": "T12 XY",
    "country": "ie",
    "time_zone": "Europe/Dublin",
    "phone": "021 234 5678",
    "email": "",
    "access": "Step-free from the street",
    "transport": "",
    "monday_1_from": "08:00",
    "monday_1_to": "12:00",
    "monday_2_from": "13:00",
    "monday_2_to": "17:30",
    "saturday_1_from": "09:00",
    "saturday_1_to": "12:00",
}
NEW = "clinic:location_new"


def week(location):
    rows = location.opening_hours.order_by("weekday", "opens_at")
    return [(one.weekday, one.opens_at, one.closes_at) for one in rows]


def verbs():
    rows = Entry.objects.filter(verb__startswith="location.").order_by("pk")
    return list(rows.values_list("verb", flat=True))


def test_an_administrator_adds_a_location_with_its_week(client, admin):
    client.force_login(admin)
    page = client.post(reverse(NEW), QUAYSIDE, follow=True)
    assert "Quayside is saved." in page.text
    location = Location.objects.get()
    assert (location.slug, location.country, location.phone) == (
        "quayside",
        "IE",
        "+353212345678",
    )
    assert location.place.name == "Quayside"
    assert week(location) == [
        (0, time(8), time(12)),
        (0, time(13), time(17, 30)),
        (5, time(9), time(12)),
    ]
    assert verbs() == ["location.added"]


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(client, admin):
    client.force_login(admin)
    for wrong, field, says in (
        ({"name": ""}, "name", "Enter a name"),
        ({"country": "XX"}, "country", "two letters"),
        ({"phone": "12"}, "phone", "Enter a phone number"),
        ({"time_zone": "Cork"}, "time_zone", "from the list"),
        ({"latitude": "51.9"}, "longitude", "both degrees, or neither"),
        ({"latitude": "95", "longitude": "0"}, "latitude", "90"),
        ({"latitude": "north", "longitude": "0"}, "latitude", "number of degrees"),
        ({"email": "desk"}, "email", "full e-mail address"),
        ({"monday_1_to": ""}, "monday_1_to", "Monday: enter both times"),
        ({"monday_1_to": "07:00"}, "monday_1_to", "Monday: the end is before"),
        ({"monday_2_from": "11:00"}, "monday_2_from", "Monday: the times overlap"),
        ({"saturday_1_from": "nine"}, "saturday_1_from", "Enter a time"),
    ):
        page = client.post(reverse(NEW), {**QUAYSIDE, **wrong})
        assert page.status_code == 422, wrong
        form = page.context["form"]
        assert set(form.errors) == {field}, wrong
        assert says in form.errors[field][0], wrong
        assert f'href="#id_{field}"' in page.text, wrong
        assert 'value="1 Quay Street"' in page.text or "1 Quay Street" in page.text
        assert 'value="13:00"' in page.text or "monday_2_from" in wrong
    assert Location.objects.count() == 0


def test_a_changed_location_keeps_its_address_on_the_site(client, admin):
    location = LocationFactory(name="Quayside", slug="quayside")
    client.force_login(admin)
    address = reverse("workspace:location_change", args=[location.public_id])
    client.post(address, {**QUAYSIDE, "name": "Harbour", "monday_1_from": "07:30"})
    location = Location.objects.get()
    assert (location.name, location.slug) == ("Harbour", "quayside")
    # Roles are given at places: the list there says the new name.
    assert Place.objects.get(pk=location.place_id).name == "Harbour"
    assert week(location)[0] == (0, time(7, 30), time(12))
    assert verbs() == ["location.changed"]


def test_the_page_shows_what_is_saved_and_saving_it_changes_nothing(client, admin):
    location = LocationFactory(time_zone="UTC")
    for opens, closes in ((8, 10), (11, 12), (14, 18)):
        OpeningHours.objects.create(
            location=location, weekday=2, opens_at=time(opens), closes_at=time(closes)
        )
    before = list(location.opening_hours.values_list("pk", flat=True))
    client.force_login(admin)
    address = reverse("clinic:location", args=[location.public_id])
    form = client.get(address).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    # A third time of a day has its boxes, and a zone by another name its choice.
    assert shown["wednesday_3_from"] == time(14)
    kept = {name: value for name, value in shown.items() if value is not None}
    save = reverse("workspace:location_change", args=[location.public_id])
    assert client.post(save, kept).status_code == 302
    location.refresh_from_db()
    assert location.time_zone == "UTC"
    assert list(location.opening_hours.values_list("pk", flat=True)) == before


def test_two_locations_have_two_names_and_two_addresses(client, admin):
    LocationFactory(name="Quayside", slug="quayside")
    client.force_login(admin)
    page = client.post(reverse(NEW), {**QUAYSIDE, "name": "QUAYSIDE"})
    assert "There is a location of this name already" in page.text
    client.post(reverse(NEW), {**QUAYSIDE, "name": "Quayside!"})
    assert Location.objects.get(name="Quayside!").slug == "quayside-2"


@pytest.mark.parametrize(
    "hours",
    [
        [OpenSpan(0, time(9), time(9))],
        [OpenSpan(0, time(9), time(12)), OpenSpan(0, time(11), time(13))],
    ],
)
def test_the_service_refuses_a_week_that_cannot_be(admin, hours):
    with pytest.raises(HoursWrong):
        save_location(
            actor=admin,
            location=None,
            hours=hours,
            name="Quayside",
            address="1 Quay Street",
            city="Cork",
            time_zone="Europe/Dublin",
        )
    assert not Location.objects.exists()
    assert not Place.objects.exists()


def test_a_closed_location_opens_again_as_it_was(client, admin):
    location = LocationFactory(is_active=False)
    client.force_login(admin)
    page = client.get(reverse("clinic:locations"))
    assert "Closed" in page.text
    client.post(reverse("clinic:location_reopen", args=[location.public_id]))
    location.refresh_from_db()
    assert location.is_active
    assert verbs() == ["location.reopened"]
