"""Whom a freed time suits: by wishes, by clocks, by rules."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.models import FreedTime, WaitlistEntry
from booking.waitlist.models import Part
from booking.waitlist.queries import answer_by, candidates, place_in_line, wishes
from booking.waitlist.tests.conftest import MONDAY, NOW
from clinic.models import Location
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import (
    DoctorFactory,
    LocationFactory,
    OfferingFactory,
    SpecialtyFactory,
    VisitTypeFactory,
)
from tests.factories.waitlist import FreedTimeFactory, OfferFactory

pytestmark = pytest.mark.django_db
NEW_YORK = "America/New_York"


def freed(line, starts_at=MONDAY, offering=None):
    return FreedTimeFactory(
        offering=offering or line.offering, appointment__starts_at=starts_at
    )


def suited(time, at=NOW):
    found = candidates(FreedTime.objects.get(pk=time.pk), at=at)
    keys = [one.entry_id for one in found]
    rows = WaitlistEntry.objects.in_bulk(keys)
    return [rows[key] for key in keys]


def is_suited(line, wanted, starts_at=MONDAY, at=NOW):
    entry = line.waits(**wanted)
    return suited(freed(line, starts_at), at) == [entry]


@pytest.mark.parametrize(
    ("wanted", "suits"),
    [
        ({}, True),
        ({"weekdays": [0]}, True),
        ({"weekdays": [1, 2]}, False),
        ({"parts": ["MORNING", "EVENING"]}, True),
        ({"parts": ["AFTERNOON"]}, False),
        ({"earliest_date": date(2026, 3, 16)}, True),
        ({"earliest_date": date(2026, 3, 17)}, False),
        ({"latest_date": date(2026, 3, 16)}, True),
        ({"latest_date": date(2026, 3, 15)}, False),
        ({"notice_hours": 48}, True),
        ({"notice_hours": 168}, False),
        ({"weekdays": [0], "parts": ["AFTERNOON"]}, False),
    ],
)
def test_every_wish_counts(line, wanted, suits):
    assert is_suited(line, wanted) is suits


@pytest.mark.parametrize(
    ("zone", "starts_at", "weekday", "part"),
    [
        # The last day of winter time, and the first of summer time, in London.
        ("Europe/London", datetime(2026, 3, 28, 11, 30, tzinfo=UTC), 5, "MORNING"),
        ("Europe/London", datetime(2026, 3, 29, 11, 30, tzinfo=UTC), 6, "AFTERNOON"),
        # New York changed three weeks before: noon there is 16:00 UTC, then 17:00.
        (NEW_YORK, datetime(2026, 3, 6, 16, 30, tzinfo=UTC), 4, "MORNING"),
        (NEW_YORK, datetime(2026, 3, 9, 16, 30, tzinfo=UTC), 0, "AFTERNOON"),
        # The hour that comes twice.
        ("Europe/London", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 6, "MORNING"),
        ("Europe/London", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 6, "MORNING"),
        # Another day there, and half an hour aside.
        ("Pacific/Auckland", datetime(2026, 3, 15, 21, 0, tzinfo=UTC), 0, "MORNING"),
        ("Asia/Kolkata", datetime(2026, 3, 16, 11, 40, tzinfo=UTC), 0, "EVENING"),
        ("America/St_Johns", datetime(2026, 3, 16, 14, 20, tzinfo=UTC), 0, "MORNING"),
    ],
)
def test_days_and_parts_are_by_the_clock_of_the_place(
    line, zone, starts_at, weekday, part
):
    place = LocationFactory(time_zone=zone)
    kind = VisitTypeFactory(horizon_days=365)
    offering = OfferingFactory(location=place, visit_type=kind)
    time = freed(line, starts_at, offering)
    right = line.waits(offering=offering, weekdays=[weekday], parts=[part])
    others = [one for one in Part if one != part]
    line.waits(offering=offering, parts=others)
    line.waits(offering=offering, weekdays=[one for one in range(7) if one != weekday])
    day = starts_at + timedelta(days=1)
    line.waits(offering=offering, earliest_date=day.date() + timedelta(days=1))
    assert suited(time, starts_at - timedelta(days=3)) == [right]


def test_nobody_is_offered_what_comes_free_where_no_list_is_kept(line, open_offers):
    line.waits()
    Location.objects.update(has_waitlist=False)
    assert line.free().status == "RELEASED"
    assert open_offers() == []
    Location.objects.update(has_waitlist=True)
    assert line.free(MONDAY + timedelta(hours=1)).status == "OFFERING"


@pytest.mark.parametrize(
    ("rules", "suits"),
    [
        ({}, True),
        ({"notice_minutes": 3 * 1440}, True),
        ({"notice_minutes": 5 * 1440}, False),
        ({"horizon_days": 4}, False),
        ({"horizon_days": 5}, True),
    ],
)
def test_a_locations_notice_and_horizon_hold_for_offers_too(line, rules, suits):
    Location.objects.filter(pk=line.offering.location_id).update(**rules)
    assert is_suited(line, {}) is suits


def test_who_waits_for_the_specialty_stands_in_the_same_line(line):
    specialty, other = SpecialtyFactory(), SpecialtyFactory()
    line.offering.doctor.specialties.add(specialty)
    first = line.waits(doctor=None, specialty=specialty)
    second = line.waits()
    third = line.waits(doctor=None, specialty=specialty)
    line.waits(doctor=None, specialty=other)
    line.waits(doctor=DoctorFactory())
    assert suited(freed(line)) == [first, second, third]


def test_a_doctor_of_two_specialties_sees_people_in_the_visits_own(line):
    skin, heart = SpecialtyFactory(), SpecialtyFactory()
    line.offering.doctor.specialties.add(skin, heart)
    line.offering.visit_type.specialties.add(skin)
    entry = line.waits(doctor=None, specialty=skin)
    line.waits(doctor=None, specialty=heart)
    assert suited(freed(line)) == [entry]


def test_who_is_not_asked(line):
    patient = PatientFactory()
    line.waits(visit_type=VisitTypeFactory())
    line.waits(location=LocationFactory())
    line.waits(status="WITHDRAWN", ended_at=NOW)
    # They have a visit then, and the one whose visit it was gave it up themselves.
    line.waits(patient)
    AppointmentFactory(patient=patient, starts_at=MONDAY + timedelta(minutes=20))
    time = freed(line)
    line.waits(time.appointment.patient)
    # Their visit is the earlier one.
    busy = PatientFactory()
    line.waits(busy, replaces=line.book(MONDAY - timedelta(days=3), busy))
    entry = line.waits()
    assert suited(time) == [entry]


def test_who_joined_first_comes_first_whenever_the_row_was_made(line):
    """As after a restore, or when the desk enters who called yesterday."""
    late = line.waits(joined_at=NOW - timedelta(hours=1))
    early = line.waits(joined_at=NOW - timedelta(days=1))
    middle = line.waits(joined_at=NOW - timedelta(hours=2))
    assert suited(freed(line)) == [early, middle, late]


def test_who_thinks_about_another_time_is_not_asked_meanwhile(line):
    thinks, free = line.waits(), line.waits()
    other = freed(line, MONDAY + timedelta(hours=2))
    offer = OfferFactory(entry=thinks, freed=other, offering=line.offering)
    time = freed(line)
    assert suited(time) == [free]
    offer.status = "DECLINED"
    offer.save()
    assert suited(time) == [thinks, free]


def test_a_lapsed_hold_is_no_visit(line):
    entry = line.waits()
    AppointmentFactory(
        patient=entry.patient, starts_at=MONDAY, status="HELD", hold_expires_at=NOW
    )
    assert suited(freed(line)) == [entry]


def test_doctors_who_know_their_patients_only(line):
    doctor = line.offering.doctor
    doctor.takes_new_patients = False
    doctor.save()
    line.waits()
    known = line.waits()
    line.book(NOW - timedelta(days=90), known.patient, status="COMPLETED")
    assert suited(freed(line)) == [known]


def test_first_visits_are_for_first_visits(line):
    line.offering.visit_type.new_patients_only = True
    line.offering.visit_type.save()
    known, new = line.waits(), line.waits()
    AppointmentFactory(
        patient=known.patient, status="COMPLETED", starts_at=NOW - timedelta(days=9)
    )
    assert suited(freed(line)) == [new]


@pytest.mark.parametrize("closed", ["offering", "kind", "phone", "unlisted", "left"])
def test_what_cannot_be_booked_is_not_offered(line, closed):
    offering, doctor = line.offering, line.offering.doctor
    line.waits()
    if closed == "offering":
        offering.is_active = False
    elif closed == "kind":
        offering.visit_type.is_active = False
    elif closed == "phone":
        offering.visit_type.booking_policy = "CALL"
    elif closed == "unlisted":
        doctor.is_listed = False
    else:
        doctor.left_date = date(2026, 3, 16)
    for row in (offering, offering.visit_type, doctor):
        row.save()
    assert suited(freed(line)) == []


def test_one_query_finds_them(line, django_assert_num_queries):
    for _ in range(3):
        line.waits()
    time = FreedTime.objects.select_related("appointment", "location").get(
        pk=freed(line).pk
    )
    with django_assert_num_queries(1):
        assert len(candidates(time, at=NOW)) == 3


def test_wishes_in_words(line):
    line.offering.doctor.title, line.offering.doctor.last_name = "Dr", "Lee"
    entry = line.waits(
        parts=["MORNING", "EVENING"],
        weekdays=[4, 0],
        location=line.offering.location,
        latest_date=date(2026, 4, 1),
    )
    place = line.offering.location.name
    assert wishes(entry) == (
        "mornings or evenings on Mondays or Fridays with Dr Lee, "
        f"at {place}, until 1 April 2026"
    )


@pytest.mark.parametrize(
    ("left", "minutes", "expected"),
    [
        (timedelta(days=4), 30, 30),
        (timedelta(hours=3), 30, 30),
        (timedelta(hours=1), 30, 15),
        (timedelta(minutes=20), 30, 10),
        (timedelta(minutes=10), 30, 10),
        (timedelta(minutes=9), 30, None),
        (timedelta(hours=-1), 30, None),
    ],
)
def test_how_long_an_offer_lasts(left, minutes, expected):
    notice = timedelta(hours=1)
    until = answer_by(NOW + notice + left, notice=notice, minutes=minutes, at=NOW)
    assert until == (NOW + timedelta(minutes=expected) if expected else None)


# --- The place in line ----------------------------------------------------------


def test_the_place_is_told_where_it_is_true(line):
    line.waits()
    line.waits()
    mine = line.waits()
    line.waits()
    place = place_in_line(mine)
    assert (place.before, place.is_exact) == (2, True)


def test_wishes_of_others_make_it_a_most(line):
    line.waits(weekdays=[0])
    place = place_in_line(line.waits())
    assert (place.before, place.is_exact) == (1, False)


@pytest.mark.parametrize(
    "wish", [{"weekdays": [0]}, {"parts": ["MORNING"]}, {"latest_date": MONDAY.date()}]
)
def test_with_wishes_of_ones_own_no_number_is_told(line, wish):
    line.waits()
    assert place_in_line(line.waits(**wish)) is None


def test_nor_for_any_doctor_nor_when_it_is_over(line):
    specialty = SpecialtyFactory()
    assert place_in_line(line.waits(doctor=None, specialty=specialty)) is None
    over = line.waits(status="WITHDRAWN", ended_at=NOW)
    assert place_in_line(over) is None
