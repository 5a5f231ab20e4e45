"""A private feed: what stands in it, who opens it, and that it closes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from accounts.users.models import Role
from accounts.users.services import assign_role, end_access_at, remove_role
from audit.models import Entry
from booking.feeds import services
from booking.models import Appointment, Feed
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
# Each on both sides of a change of the clocks: what 9 o'clock there is in UTC.
ZONES = [
    ("Europe/London", "2026-03-28T09:00Z", "2026-03-30T08:00Z"),
    ("America/New_York", "2026-10-30T13:00Z", "2026-11-02T14:00Z"),
    ("Asia/Dubai", "2026-03-28T05:00Z", "2026-03-30T05:00Z"),
    ("Australia/Lord_Howe", "2026-04-02T22:00Z", "2026-04-05T22:30Z"),
    ("America/St_Johns", "2026-10-30T11:30Z", "2026-11-02T12:30Z"),
    ("Africa/Casablanca", "2026-03-18T09:00Z", "2026-03-24T08:00Z"),
]


@pytest.fixture(autouse=True)
def _now(clock):
    clock.at = NOW


@pytest.fixture
def visit(ann, dr_lee, location):
    return AppointmentFactory(
        patient=ann.patient,
        doctor=dr_lee.doctor,
        location=location,
        starts_at=NOW + timedelta(days=4),
        reason="haemorrhoids",
        reference="K7Q-2MX",
    )


@pytest.fixture
def location(db):
    return LocationFactory(name="Canal Street")


def make(owner, *, names=False):
    return services.make_feed(actor=None, shows_names=names, at=NOW, **owner)


def read(client, secret, **headers):
    return client.get(reverse("booking:feed_file", args=[secret]), headers=headers)


def events(response):
    return Calendar.from_ical(response.content).walk("VEVENT")


@pytest.mark.parametrize(
    ("names", "summary"), [(False, "Visit"), (True, "Visit: A. P.")]
)
def test_a_doctors_feed_names_nobody_and_no_health(
    client, ann, dr_lee, visit, names, summary
):
    AppointmentFactory(starts_at=visit.starts_at)
    page = read(client, make({"doctor": dr_lee.doctor}, names=names))
    assert page.status_code == 200
    (event,) = events(page)
    assert event["SUMMARY"] == summary
    assert event["UID"].startswith(str(visit.public_id))
    for secret in ("haemorrhoids", "Patient", visit.visit_type.name, visit.reference):
        assert secret not in page.text


@pytest.mark.parametrize(("names", "shown"), [(False, "Visit at"), (True, "Dr Lee")])
def test_a_patients_feed_has_their_own_visits_alone(
    client, ann, zoe, dr_lee, visit, names, shown
):
    AppointmentFactory(patient=zoe.patient, starts_at=visit.starts_at)
    for status in ("CANCELLED", "EXPIRED", "DECLINED", "HELD"):
        AppointmentFactory(
            patient=ann.patient,
            starts_at=visit.starts_at + timedelta(hours=2),
            status=status,
            hold_expires_at=NOW,
        )
    page = read(client, make({"patient": ann.patient}, names=names))
    (event,) = events(page)
    assert shown in event["SUMMARY"]
    assert ("Lee" in page.text) == names


def test_a_new_address_makes_the_old_one_void_and_a_closed_one_opens_nothing(
    client, ann, visit
):
    first = make({"patient": ann.patient})
    second = make({"patient": ann.patient})
    assert Feed.objects.count() == 1
    assert first not in str(list(Feed.objects.values()))
    assert [read(client, one).status_code for one in (first, second, "x" * 43)] == [
        404,
        200,
        404,
    ]
    services.end_feed(actor=ann, feed=Feed.objects.get())
    assert read(client, second).status_code == 404


def test_whose_account_is_closed_has_no_feed(client, ann, visit):
    secret = make({"patient": ann.patient})
    ann.is_active = False
    ann.save()
    assert read(client, secret).status_code == 404


@pytest.mark.parametrize("how", ["role", "last day"])
def test_a_doctor_who_stays_a_patient_here_has_none_of_their_work(
    client, dr_lee, visit, how
):
    assign_role(actor=None, user=dr_lee, role=Role.PATIENT)
    secret = make({"doctor": dr_lee.doctor}, names=True)
    assert read(client, secret).status_code == 200
    if how == "role":
        remove_role(actor=None, user=dr_lee, role=Role.DOCTOR)
    else:
        end_access_at(actor=None, user=dr_lee, ends_at=NOW)
    assert read(client, secret).status_code == 404


def test_what_has_not_changed_is_not_sent_again(client, ann, visit, clock):
    secret = make({"patient": ann.patient})
    first = read(client, secret)
    clock.at = NOW + timedelta(minutes=5)
    again = read(client, secret, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Appointment.objects.filter(pk=visit.pk).update(sequence=5)
    assert read(client, secret, if_none_match=first["ETag"]).status_code == 200
    # Written down once in a while, about her.
    verbs = Entry.objects.filter(verb="feed.read", patient_id=ann.patient.pk)
    assert verbs.count() == 1
    clock.at = NOW + timedelta(minutes=11)
    read(client, secret)
    assert verbs.count() == 2


@pytest.mark.parametrize(("zone", "before", "after"), ZONES)
def test_times_are_right_across_the_change_of_the_clocks(
    client, ann, location, zone, before, after
):
    location.time_zone = zone
    location.save()
    instants = [datetime.fromisoformat(one) for one in (before, after)]
    for at in instants:
        AppointmentFactory(patient=ann.patient, location=location, starts_at=at)
    found = events(read(client, make({"patient": ann.patient})))
    starts = [event["DTSTART"].dt for event in found]
    assert [at.astimezone(UTC) for at in starts] == instants
    assert [at.hour for at in starts] == [9, 9]
    assert {event["DTSTART"].params["TZID"] for event in found} == {zone}


def test_the_address_is_shown_once_and_only_to_its_owner(
    client, ann, zoe, dr_lee, desk
):
    client.force_login(ann)
    here = reverse("booking:feed")
    page = client.post(here, {"shows_names": "1"})
    address = page.context["address"]
    assert address in page.text
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert read(client, secret).status_code == 200
    assert address not in client.get(here).text
    assert Feed.objects.get().shows_names
    client.force_login(zoe)
    assert "An address is open" not in client.get(here).text
    client.post(here, {"end": "1"})
    assert Feed.objects.count() == 1
    client.force_login(ann)
    client.post(here, {"end": "1"})
    assert Feed.objects.count() == 0
    client.force_login(desk)
    assert client.get(reverse("booking:work_feed")).status_code == 403
    assert client.get(here).status_code == 403
    client.force_login(dr_lee)
    assert client.get(reverse("booking:work_feed")).status_code == 200
