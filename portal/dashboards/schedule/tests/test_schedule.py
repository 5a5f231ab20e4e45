from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from booking.models import AvailabilityException


def _feed(client, **query):
    return client.get(reverse("workspace:schedule_feed"), query)


def _week():
    at = timezone.now()
    return {
        "start": (at - timedelta(days=7)).isoformat(),
        "end": (at + timedelta(days=7)).isoformat(),
    }


def test_the_feed_names_patient_and_state_and_no_reason(client, dr_lee, make_visit):
    visit = make_visit()
    client.force_login(dr_lee)
    response = _feed(client, **_week())
    (event,) = [event for event in response.json() if "id" in event]
    assert event["title"].endswith(", Booked")
    assert str(visit.patient) in event["title"]
    assert "Secret" not in response.text
    assert "no-store" in response["Cache-Control"]


def test_the_feed_has_time_off_and_hours(client, dr_lee, offering):
    at = timezone.now()
    AvailabilityException.objects.create(
        doctor=dr_lee.doctor,
        kind="CLOSED",
        starts_at=at + timedelta(hours=1),
        ends_at=at + timedelta(hours=2),
        reason="Course",
    )
    client.force_login(dr_lee)
    events = _feed(client, **_week()).json()
    assert [e["title"] for e in events if "title" in e] == ["Course"]
    assert [e for e in events if e.get("display") == "background"]


def test_the_feed_is_ones_own(client, dr_roy, make_visit):
    make_visit()
    client.force_login(dr_roy)
    assert _feed(client, **_week()).json() == []


def test_the_feed_refuses_nonsense(client, dr_lee):
    client.force_login(dr_lee)
    for query in (
        {},
        {"start": "x", "end": "y"},
        {"start": "2026-01-01", "end": "2027-01-01"},
        {"start": "2026-02-01", "end": "2026-01-01"},
    ):
        assert _feed(client, **query).status_code == 400, query


def test_the_week_stands_on_the_page_without_scripts(client, dr_lee, make_visit):
    visit = make_visit()
    client.force_login(dr_lee)
    page = client.get(reverse("workspace:schedule"))
    assert visit.patient.full_name in page.text
