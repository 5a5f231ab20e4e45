"""A location's own notice, horizon, reminders and notes: each holds there alone."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.queries import (
    free_slots,
    leads_to_come,
    next_free,
    slot_at,
)
from booking.appointments.queries.words import message_words
from booking.appointments.services.policy import payment_deadline
from clinic.models import Location
from clinic.visit_types.queries import horizon_of, notice_of
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import LocationFactory

pytestmark = pytest.mark.django_db

# A Monday, nine in the morning in London.
NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def own(offering, **fields):
    Location.objects.filter(pk=offering.location_id).update(**fields)
    offering.location.refresh_from_db()
    return offering


def starts(offering, days=3):
    found = free_slots([offering], after=NOW, until=NOW + days * DAY, at=NOW)
    return [slot.starts_at for slot in found[offering.pk]]


@pytest.fixture
def offering(db):
    return open_offering(
        visit_type__minimum_notice_minutes=60, visit_type__horizon_days=2
    )


def test_a_longer_notice_of_the_location_holds_there_alone(offering):
    other = open_offering(visit_type=offering.visit_type, location=LocationFactory())
    assert starts(offering)[0] == starts(other)[0] == NOW + HOUR
    own(offering, notice_minutes=180)
    assert starts(offering)[0] == NOW + 3 * HOUR
    assert starts(other)[0] == NOW + HOUR
    assert notice_of(offering) == 3 * HOUR
    assert slot_at(offering, NOW + 2 * HOUR, at=NOW) is None
    first = next_free([offering, other], at=NOW)
    assert first[offering.doctor_id].starts_at == NOW + 3 * HOUR
    assert first[other.doctor_id].starts_at == NOW + HOUR
    # At the desk it never holds.
    assert slot_at(offering, NOW + HOUR, at=NOW, for_desk=True) is not None


def test_a_shorter_notice_of_the_location_takes_nothing_from_the_visit_type(offering):
    own(offering, notice_minutes=0, horizon_days=30)
    assert starts(offering)[0] == NOW + HOUR
    assert max(starts(offering, days=9)) < NOW + 2 * DAY
    assert (notice_of(offering), horizon_of(offering)) == (HOUR, 2 * DAY)


def test_a_nearer_horizon_of_the_location_holds_there(offering):
    assert max(starts(offering)) > NOW + DAY
    own(offering, horizon_days=1)
    assert max(starts(offering)) < NOW + DAY
    assert horizon_of(offering) == DAY


def test_times_cost_one_query_with_rules_of_locations_and_without(
    offering, django_assert_num_queries
):
    offerings = [offering, open_offering(visit_type=offering.visit_type)]
    for rules in ({}, {"notice_minutes": 180, "horizon_days": 1}):
        Location.objects.update(**rules or {"horizon_days": None})
        with django_assert_num_queries(1):
            free_slots(offerings, after=NOW, until=NOW + DAY, at=NOW)
        with django_assert_num_queries(1):
            next_free(offerings, at=NOW)


def test_a_payment_is_not_waited_for_into_the_locations_notice(offering):
    visit = AppointmentFactory(offering=offering, starts_at=NOW + 10 * HOUR)
    assert payment_deadline(visit, at=NOW) == NOW + 9 * HOUR
    own(offering, notice_minutes=240)
    visit.location.refresh_from_db()
    assert payment_deadline(visit, at=NOW) == NOW + 6 * HOUR


@pytest.mark.parametrize(
    ("leads", "told"),
    [(None, ["DAY_BEFORE"]), (["TWO_HOURS"], ["TWO_HOURS"]), ([], [])],
)
def test_what_is_promised_is_what_the_location_sends(offering, leads, told):
    offering.visit_type.reminder_leads = ["DAY_BEFORE"]
    offering.visit_type.save()
    own(offering, reminder_leads=leads)
    visit = AppointmentFactory(offering=offering, starts_at=NOW + 2 * DAY)
    assert leads_to_come(visit, at=NOW) == told


@pytest.mark.parametrize(
    ("mode", "words"), [("IN_PERSON", "Ring twice"), ("VIDEO", "")]
)
def test_notes_on_arriving_are_for_who_comes(offering, mode, words):
    own(offering, arrival_notes="Ring twice\n")
    offering.visit_type.mode = mode
    visit = AppointmentFactory(offering=offering, starts_at=NOW + 2 * DAY)
    assert message_words(visit, at=NOW)["arrival"] == words
