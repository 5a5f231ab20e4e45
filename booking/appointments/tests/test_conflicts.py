"""What a change of the calendar leaves hanging."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.appointments.models import Status
from booking.appointments.queries import conflicts_of, outside_hours
from booking.availability.services import (
    Hours,
    add_time_off,
    set_working_hours,
)
from clinic.locations.services import add_closure
from tests.factories.booking import AppointmentFactory, open_offering

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
MONDAY = date(2026, 3, 16)


def at(clock, day=MONDAY):
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=UTC)


def test_time_off_hits_the_live_visits_it_touches_in_order():
    offering = open_offering()
    inside = AppointmentFactory(offering=offering, starts_at=at("11:00"))
    touched = AppointmentFactory(offering=offering, starts_at=at("09:45"))
    AppointmentFactory(offering=offering, starts_at=at("09:15"))
    AppointmentFactory(offering=offering, starts_at=at("12:00"))
    AppointmentFactory(
        offering=offering, starts_at=at("11:30"), status=Status.CANCELLED
    )
    AppointmentFactory(starts_at=at("11:00"))
    hit = conflicts_of(
        doctor=offering.doctor, starts_at=at("10:00"), ends_at=at("12:00"), at=NOW
    )
    assert hit == [touched, inside]


def test_no_change_of_the_calendar_hides_a_visit(dr_lee):
    offering = open_offering()
    doctor, location = offering.doctor, offering.location
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    late = AppointmentFactory(offering=offering, starts_at=at("16:00"))
    away = AppointmentFactory(offering=offering, starts_at=at("10:00", tuesday))
    shut = AppointmentFactory(offering=offering, starts_at=at("10:00", wednesday))
    AppointmentFactory(offering=offering, starts_at=at("10:00"))
    assert outside_hours(doctors=[doctor], at=NOW) == []
    week = [Hours(day, time(9), time(16)) for day in range(5)]
    set_working_hours(
        actor=dr_lee, doctor=doctor, location=location, week=week, from_date=NOW.date()
    )
    assert outside_hours(doctors=[doctor], at=NOW) == [late]
    add_time_off(
        actor=dr_lee,
        doctor=doctor,
        starts_at=at("10:15", tuesday),
        ends_at=at("11:00", tuesday),
        reason="Dentist",
    )
    add_closure(
        actor=dr_lee,
        location=None,
        starts_date=wednesday,
        ends_date=wednesday + timedelta(days=1),
        reason="Holiday",
    )
    assert outside_hours(doctors=[doctor], at=NOW) == [late, away, shut]
    doctor.left_date = MONDAY
    doctor.save()
    assert len(outside_hours(doctors=[doctor], at=NOW)) == 4


def test_past_visits_are_no_conflict():
    offering = open_offering()
    AppointmentFactory(offering=offering, starts_at=at("20:00"))
    now = at("21:00")
    assert outside_hours(doctors=[offering.doctor], at=now) == []


@pytest.mark.parametrize("doctors", [1, 3])
def test_conflicts_cost_three_queries_however_many_doctors(
    doctors, django_assert_num_queries
):
    offerings = [open_offering() for _ in range(doctors)]
    for offering in offerings:
        AppointmentFactory(offering=offering, starts_at=at("20:00"))
    with django_assert_num_queries(3):
        found = outside_hours(doctors=[o.doctor for o in offerings], at=NOW)
        assert len([(v.patient, v.location, v.visit_type) for v in found]) == doctors
