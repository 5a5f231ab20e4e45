"""A doctor's card and the short lists, as the public pages get them."""

import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from booking.appointments.queries import loads_of
from booking.openings.queries import one_each, openings
from clinic.visit_types.models import VisitType
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import LocationFactory

NEXT = "/book/fragments/next/"


def text(response):
    return " ".join(response.content.decode().split())


def card(client, doctor, **asked):
    path = reverse("booking:doctor_times", args=[doctor.public_id])
    return client.get(path, asked)


def slots(response):
    """The instants of the times in the page."""
    return re.findall(r"slot=([0-9T:Z-]+)", response.content.decode())


@pytest.fixture
def doctor(practice):
    """In person for half an hour, by video for an hour, travel advice by phone."""
    doctor = practice.doctor("Calloway")
    practice.offer(doctor)
    video = {"mode": VisitType.Mode.VIDEO, "duration_minutes": 60, "price": 40}
    practice.offer(doctor, name="Video visit", slug="video", **video)
    practice.offer(
        doctor, name="Travel advice", slug="travel", booking_policy="CALL", price=20
    )
    return doctor


# --- A doctor's card ----------------------------------------------------------------


def test_the_card_shows_the_next_five_days_with_times(client, doctor):
    page = card(client, doctor)
    days = {slot[:10] for slot in slots(page)}
    assert sorted(days) == [
        "2026-03-12",
        "2026-03-13",
        "2026-03-16",
        "2026-03-17",
        "2026-03-18",
    ]
    assert "12 to 18 March" in text(page)
    assert "12 to 16 March" in text(page)
    assert "London time (GMT)" in text(page)


def test_times_say_their_day_and_lead_to_the_booking(client, doctor):
    page = text(card(client, doctor))
    assert (
        'href="/book/?doctor=dr-calloway&amp;service=gp-visit&amp;location=canal-street'
        '&amp;slot=2026-03-16T09:00Z" aria-label="Monday 16 March, 9:00am"' in page
    )


def test_later_and_earlier_days_are_links(client, doctor):
    page = text(card(client, doctor))
    assert 'href="?from=2026-03-19"' in page
    assert 'href="?from=2026-03-17"' in page
    assert "Earlier days" not in page
    later = card(client, doctor, **{"from": "2026-03-19"})
    assert min(slots(later)) == "2026-03-19T09:00Z"
    assert 'href="?from=2026-03-12"' in text(later)


def test_a_full_day_folds_and_unfolds(client, doctor):
    assert "+2</a>" in text(card(client, doctor))
    whole = card(client, doctor, all="2026-03-16")
    monday = [slot for slot in slots(whole) if slot.startswith("2026-03-16")]
    assert len(monday) == 16


def test_the_kind_of_visit_decides_on_the_times(client, doctor):
    page = card(client, doctor, visit="video")
    assert "service=video" in page.content.decode()
    assert "2026-03-16T09:30Z" not in slots(page)
    assert "Video visit, 1" in text(page)
    by_service = card(client, doctor, service="video")
    assert slots(by_service) == slots(page)


def test_what_is_not_understood_shows_the_usual(client, doctor):
    wrong = {"visit": "x", "service": "y", "from": "z", "all": "?"}
    assert slots(card(client, doctor, **wrong)) == slots(card(client, doctor))


def test_a_visit_by_phone_shows_the_number(client, doctor):
    page = text(card(client, doctor, service="travel"))
    assert "Travel advice is booked by phone." in page
    assert "tel:+442079460120" in page
    assert "slot=" not in page


def test_no_new_patients_means_no_times(client, doctor):
    doctor.takes_new_patients = False
    doctor.save()
    page = text(card(client, doctor))
    assert "Dr Calloway is not taking new patients" in page
    assert "slot=" not in page


def test_a_doctor_without_times_gives_the_phone(client, practice):
    idle = practice.doctor("Idle", works=False)
    practice.offer(idle)
    assert "No free times at the moment" in text(card(client, idle))


def test_nothing_within_a_week_says_when(client, practice):
    doctor = practice.doctor("Later")
    practice.offer(doctor, minimum_notice_minutes=8 * 1440)
    page = text(card(client, doctor))
    assert "No times in the next 7 days. Next: <strong>Fri 20 March, 9:30am" in page


@pytest.mark.parametrize(
    "gone", [{"is_listed": False}, {"left_date": date(2026, 3, 12)}]
)
def test_a_doctor_who_is_gone_has_no_card(client, doctor, gone):
    type(doctor).objects.update(**gone)
    assert card(client, doctor).status_code == 404


def test_the_card_costs_as_much_for_many_visits(
    client, practice, django_assert_num_queries
):
    doctor = practice.doctor("Calloway")
    for number in range(3):
        practice.offer(doctor, slug=f"visit-{number}")
        with django_assert_num_queries(4):
            card(client, doctor)


def test_one_start_is_offered_once_and_the_work_is_spread(practice, clock):
    kind = practice.kind()
    busy, idle = practice.doctor("Busy"), practice.doctor("Idle")
    offered = [practice.offer(doctor, kind=kind) for doctor in (busy, idle)]
    AppointmentFactory(
        doctor=busy, visit_type=kind, starts_at=datetime(2026, 3, 16, 9, tzinfo=UTC)
    )
    found = openings(
        offered,
        after=datetime(2026, 3, 16, tzinfo=UTC),
        until=datetime(2026, 3, 17, tzinfo=UTC),
        at=clock.at,
    )
    first, last = found[0].starts_at, found[-1].starts_at
    loads = loads_of(
        {one.offering.doctor_id for one in found},
        first=first,
        last=last,
        zone="Europe/London",
        at=clock.at,
    )
    chosen = one_each(found, loads)
    assert len(chosen) == 16
    assert {one.offering.doctor for one in chosen} == {idle}
    kept = next(one for one in found if one.offering.doctor == busy)
    assert kept in one_each(found, loads, kept=kept)


# --- Short lists --------------------------------------------------------------------


@pytest.fixture
def two(practice):
    """Calloway from Canal Street; Baptiste, later, from Northgate too."""
    northgate = LocationFactory(slug="northgate", name="Northgate")
    kind = practice.kind()
    calloway = practice.doctor("Calloway")
    practice.offer(calloway, kind=kind)
    baptiste = practice.doctor("Baptiste", first_name="Owen", works=False)
    practice.hours(baptiste, days=[0])
    practice.hours(baptiste, days=[1], location=northgate)
    practice.offer(baptiste, kind=kind)
    practice.offer(baptiste, kind=kind, location=northgate)
    return calloway, baptiste


def names(response):
    return re.findall(r"Dr \w+ (\w+)</a>", response.content.decode())


def test_the_soonest_doctors_are_listed(client, two):
    page = client.get(NEXT)
    assert names(page) == ["Calloway", "Baptiste"]
    assert "<strong>Thu 12 March, 9:30am</strong>" in text(page)
    assert "London time (GMT)" in text(page)


def test_a_short_list_can_be_narrowed_down(client, two, practice):
    _, baptiste = two
    assert names(client.get(NEXT, {"limit": "1"})) == ["Calloway"]
    assert names(client.get(NEXT, {"doctor": str(baptiste.public_id)})) == ["Baptiste"]
    assert names(client.get(NEXT, {"specialty": "none"})) == []
    assert names(client.get(NEXT, {"doctor": "x", "limit": "y"})) == []


def test_a_place_lists_its_own_times(client, two):
    page = client.get(NEXT, {"location": "northgate"})
    assert names(page) == ["Baptiste"]
    assert "<strong>Tue 17 March, 9:00am</strong>" in text(page)


def test_lines_are_links_to_times(client, two):
    page = text(client.get(NEXT, {"style": "rows"}))
    assert "Today, Canal Street" in page
    assert 'aria-label="Thu 12 March, 9:30am with Dr Ines Calloway"' in page


def test_who_has_left_is_not_listed(client, two):
    calloway, _ = two
    calloway.left_date = date(2026, 3, 1)
    calloway.save()
    assert names(client.get(NEXT)) == ["Baptiste"]


def test_short_lists_cost_the_same_for_more_doctors(
    client, practice, django_assert_num_queries
):
    kind = practice.kind()
    for name in ("First", "Second", "Third"):
        practice.offer(practice.doctor(name), kind=kind)
        with django_assert_num_queries(5):
            client.get(NEXT)
