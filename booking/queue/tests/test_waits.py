"""How long somebody still waits."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments import services as appointments
from booking.conftest import NOW
from booking.models import StatusChange
from booking.queue import services
from booking.queue.queries import (
    Ahead,
    expected_starts,
    in_order,
    missed_rates,
    real_lengths,
    usual_length,
    waits_of,
)
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory

TEN = datetime(2026, 3, 12, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def after(minutes):
    return TEN + minutes * MINUTE


def ahead(key, booked, length, *, here=True):
    return Ahead(key, after(booked), length * MINUTE, here)


@pytest.mark.parametrize(
    ("queue", "busy", "starts"),
    [
        ([], None, {}),
        # Free now: at once, whatever they are booked for.
        ([ahead(1, 30, 10)], None, {1: 0}),
        ([ahead(1, 0, 10)], 7, {1: 7}),
        # Overdue: nobody knows how long, so now.
        ([ahead(1, 0, 10)], -5, {1: 0}),
        ([ahead(1, 0, 10), ahead(2, 10, 20), ahead(3, 20, 5)], 3, {1: 3, 2: 13, 3: 33}),
        # Who is expected takes their time when it comes.
        ([ahead(1, 5, 10, here=False), ahead(2, 10, 10)], None, {1: 5, 2: 15}),
        # Whose time has passed is waited for no more.
        ([ahead(1, -5, 10, here=False), ahead(2, 0, 10)], None, {1: 0, 2: 0}),
    ],
)
def test_who_goes_in_when(queue, busy, starts):
    until = None if busy is None else after(busy)
    found = expected_starts(queue, at=TEN, busy_until=until)
    assert found == {key: after(minutes) for key, minutes in starts.items()}


@pytest.mark.parametrize(
    ("minutes", "length"),
    [
        ([], 30),
        ([5, 5, 5, 5], 30),
        ([5, 40, 12, 11, 13], 12),
        # One that was forgotten for hours changes nothing.
        ([10, 10, 10, 10, 10, 600], 10),
    ],
)
def test_the_middle_of_real_lengths_counts_once_there_are_enough(minutes, length):
    assert usual_length(minutes, 30 * MINUTE) == length * MINUTE


def test_on_time_goes_before_late():
    on_time = in_order(after(-10), after(0))
    late = in_order(after(5), after(-30))
    assert on_time < late


def _past(offering, days, took):
    visit = AppointmentFactory(
        offering=offering,
        patient=PatientFactory(),
        starts_at=NOW - timedelta(days=days),
        status="COMPLETED",
    )
    for status, minutes in (("IN_CONSULTATION", 0), ("COMPLETED", took)):
        StatusChange.objects.create(
            appointment=visit, to_status=status, at=visit.starts_at + minutes * MINUTE
        )


def test_lengths_are_those_of_the_doctor_and_the_kind_of_visit(
    offering, practice, django_assert_num_queries
):
    other = practice.offer(
        practice.doctor("Other"), kind=practice.kind(slug="other", name="Other")
    )
    for days, took in enumerate((8, 9, 10, 11, 12), start=1):
        _past(offering, days, took)
        _past(other, days, 45)
    pair = (offering.doctor_id, offering.visit_type_id)
    with django_assert_num_queries(1):
        found = real_lengths([pair, pair], at=NOW)
    assert {key: sorted(minutes) for key, minutes in found.items()} == {
        pair: [8, 9, 10, 11, 12]
    }
    # For some minutes the answer is good enough.
    with django_assert_num_queries(0):
        real_lengths([pair], at=NOW)


def test_waits_follow_from_what_is_going_on(offering, make_visit, desk):
    for days, took in enumerate((8, 9, 10, 11, 12), start=1):
        _past(offering, days, took)
    inside, waiting, last = (
        make_visit(minutes, patient=PatientFactory()) for minutes in (0, 30, 60)
    )
    for visit in (inside, waiting, last):
        services.check_in(actor=desk, appointment=visit, at=NOW)
    appointments.start_consultation(actor=desk, appointment=inside, at=NOW)
    day = {"first": NOW - timedelta(hours=9), "after": NOW + timedelta(hours=12)}
    found = waits_of([offering.doctor_id], at=NOW + 4 * MINUTE, **day)
    assert found == {waiting.pk: NOW + 10 * MINUTE, last.pk: NOW + 20 * MINUTE}
    # Who is called goes first, whoever came before.
    services.call_in(actor=desk, appointment=last, at=NOW + 90 * MINUTE)
    found = waits_of([offering.doctor_id], at=NOW + 4 * MINUTE, **day)
    assert found == {last.pk: NOW + 10 * MINUTE, waiting.pk: NOW + 20 * MINUTE}


def test_rates_are_kept_by_kind_of_visit(offering, make_visit):
    for days, status in enumerate(("MISSED", "COMPLETED", "COMPLETED", "CANCELLED")):
        AppointmentFactory(
            offering=offering,
            patient=PatientFactory(),
            starts_at=NOW - timedelta(days=days + 1),
            status=status,
        )
    make_visit()
    (rate,) = missed_rates(since=NOW - timedelta(days=30), until=NOW + MINUTE)
    assert (rate.visit_type_id, rate.missed, rate.total) == (
        offering.visit_type_id,
        1,
        3,
    )
    assert round(rate.share, 2) == 0.33
