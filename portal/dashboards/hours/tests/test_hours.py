from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from booking.models import AvailabilityException, WorkingHours
from foundation.formats import local


def _today(location):
    return local(timezone.now(), location.time_zone).date()


def test_a_doctor_sets_the_week_with_a_break(client, dr_lee, location):
    client.force_login(dr_lee)
    data = {
        "location": location.slug,
        "from_date": _today(location).isoformat(),
        "monday_1_from": "09:00",
        "monday_1_to": "12:00",
        "monday_2_from": "13:00",
        "monday_2_to": "17:00",
    }
    page = client.post(reverse("workspace:hours_week"), data, follow=True)
    assert "The hours are saved" in page.text
    rows = WorkingHours.objects.values_list("weekday", "starts_time", "ends_time")
    assert set(rows) == {(0, time(9), time(12)), (0, time(13), time(17))}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"monday_1_from": "09:00"}, "Monday: enter both times"),
        ({"monday_1_from": "09:00", "monday_1_to": "08:00"}, "before the start"),
        (
            {
                "monday_1_from": "09:00",
                "monday_1_to": "12:00",
                "monday_2_from": "11:00",
                "monday_2_to": "13:00",
            },
            "the times overlap",
        ),
        ({"from_date": "2020-01-01"}, "Past hours stay"),
    ],
)
def test_wrong_hours_are_named_beside_their_box(client, dr_lee, location, wrong, says):
    client.force_login(dr_lee)
    data = {"location": location.slug, "from_date": _today(location).isoformat()}
    page = client.post(reverse("workspace:hours_week"), {**data, **wrong})
    assert page.status_code == 422
    assert says in page.text
    assert WorkingHours.objects.count() == 0


def test_time_off_shows_what_is_booked_before_it_is_taken(
    client, dr_lee, location, make_visit
):
    visit = make_visit(10, days=2)
    client.force_login(dr_lee)
    day = visit.starts_at.date().isoformat()
    data = {"off-first_day": day, "off-reason": "Course"}
    address = reverse("workspace:hours_off")
    page = client.post(address, data)
    assert visit.patient.full_name in page.text
    assert AvailabilityException.objects.count() == 0
    client.post(address, {**data, "confirmed": "1"})
    off = AvailabilityException.objects.get()
    assert off.ends_at - off.starts_at == timedelta(days=1)
    visit.refresh_from_db()
    assert visit.status == "CONFIRMED"
    assert "outside these hours" in client.get(reverse("workspace:hours")).text
    client.post(reverse("workspace:hours_undo", args=[off.public_id]))
    assert AvailabilityException.objects.count() == 0


def test_extra_hours_are_in_the_locations_wall_time(client, dr_lee, location):
    location.time_zone = "Europe/Paris"
    location.save()
    client.force_login(dr_lee)
    client.post(
        reverse("workspace:hours_extra"),
        {
            "extra-location": location.slug,
            "extra-first_day": "2030-07-01",
            "extra-from_time": "18:00",
            "extra-to_time": "20:00",
        },
    )
    extra = AvailabilityException.objects.get()
    assert extra.starts_at.isoformat() == "2030-07-01T16:00:00+00:00"


def test_nobody_changes_another_doctors_hours(
    client, dr_lee, dr_roy, medical_admin, location
):
    address = reverse("workspace:hours") + "?doctor=dr-lee"
    client.force_login(dr_roy)
    assert client.get(address).status_code == 403
    client.force_login(medical_admin)
    assert client.get(address).status_code == 200


def test_an_administrator_sets_hours_and_learns_how_many_visits_not_whose(
    client, admin, dr_lee, location, make_visit
):
    visit = make_visit(10, days=2)
    name = visit.patient.full_name
    client.force_login(admin)
    query = "?doctor=dr-lee"
    off = reverse("workspace:hours_off") + query
    data = {"off-first_day": visit.starts_at.date().isoformat(), "off-reason": ""}
    page = client.post(off, data)
    assert "1 visit is booked in this time" in page.text
    assert name not in page.text
    client.post(off, {**data, "confirmed": "1"})
    page = client.get(reverse("workspace:hours") + query)
    assert "1 booked visit lies outside these hours" in page.text
    assert name not in page.text
    assert str(visit.public_id) not in page.text
    assert not Entry.objects.filter(actor=admin, patient_id=visit.patient_id).exists()
    client.post(
        reverse("workspace:hours_week") + query,
        {
            "location": location.slug,
            "from_date": _today(location).isoformat(),
            "sunday_1_from": "09:00",
            "sunday_1_to": "10:00",
        },
    )
    assert WorkingHours.objects.filter(weekday=6, ends_time=time(10)).exists()


def test_a_third_time_of_a_day_is_shown_and_kept(client, dr_lee, location):
    client.force_login(dr_lee)
    data = {"location": location.slug, "from_date": _today(location).isoformat()}
    spans = {
        f"monday_{number}_{end}": f"{hour:02}:00"
        for number, hours in enumerate(((8, 10), (11, 12), (14, 18)), 1)
        for end, hour in zip(("from", "to"), hours, strict=True)
    }
    client.post(reverse("workspace:hours_week"), {**data, **spans})
    page = client.get(reverse("workspace:hours"))
    form = page.context["week_form"]
    assert form["monday_3_from"].value() == time(14)
    assert WorkingHours.objects.count() == 3


def test_every_second_week_is_set_shown_and_changed_by_turn(client, dr_lee, location):
    client.force_login(dr_lee)
    today = _today(location)
    monday = today - timedelta(days=today.weekday())
    data = {"location": location.slug, "rhythm": "2"}
    hours = {"sunday_1_from": "09:00", "sunday_1_to": "12:00"}
    address = reverse("workspace:hours_week")
    client.post(address, {**data, **hours, "from_date": today.isoformat()})
    other = {"sunday_1_from": "14:00", "sunday_1_to": "15:00"}
    later = monday + timedelta(days=7)
    client.post(address, {**data, **other, "from_date": later.isoformat()})
    rows = WorkingHours.objects.order_by("anchor_date")
    assert [(row.anchor_date, row.starts_time.hour) for row in rows] == [
        (monday, 9),
        (later, 14),
    ]
    page = client.get(reverse("workspace:hours"))
    assert "every second week" in page.text
    form = page.context["week_form"]
    assert (form["sunday_1_from"].value(), form["rhythm"].value()) == (time(9), 2)
    link = f"from={(today + timedelta(days=7)).isoformat()}"
    assert link in page.text
    form = client.get(f"{reverse('workspace:hours')}?{link}").context["week_form"]
    assert form["sunday_1_from"].value() == time(14)
    wrong = client.post(address, {**data, "from_date": today.isoformat(), "rhythm": 3})
    assert wrong.status_code == 422
    assert "Choose how often" in wrong.text
