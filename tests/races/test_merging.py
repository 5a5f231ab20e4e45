"""Two records become one while somebody else works with them."""

import time
import uuid
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from accounts.models import Patient
from booking.appointments.services import book_for_patient, making
from booking.models import Appointment
from portal.merges.models import Merge
from portal.merges.services import MergedAlready, merge_records, merging
from tests.factories.accounts import PatientFactory
from tests.factories.booking import open_offering
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)
WHY = "She showed her identity card at the desk."


@pytest.fixture
def double(transactional_db):
    return PatientFactory()


@pytest.fixture
def slow_merge(monkeypatch):
    """The merge dawdles before its commit, and whoever books comes meanwhile."""
    note = merging.note

    def dawdle(*args, **words):
        time.sleep(0.5)
        note(*args, **words)

    monkeypatch.setattr(merging, "note", dawdle)


def merge(desk, stays, goes):
    return merge_records(
        actor=desk, kept=stays, merged=goes, facts=(), reason=WHY, at=NOW
    )


def book(desk, patient, offering, wait=0.2):
    time.sleep(wait)
    return book_for_patient(
        actor=desk,
        patient=patient,
        offering=offering,
        starts_at=NINE,
        reason="",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def test_a_booking_for_the_record_that_goes_is_one_for_the_other(
    desk, ann, double, slow_merge, no_deadlocks
):
    offering = open_offering(visit_type__free=True)
    merged, booked = at_once(
        [
            lambda: merge(desk, ann.patient, double),
            lambda: book(desk, double, offering),
        ]
    )
    assert (merged.error, booked.error) == (None, None)
    assert Appointment.objects.get().patient == ann.patient


def test_control_without_looking_again_the_database_refuses_it(
    desk, ann, double, slow_merge, monkeypatch
):
    monkeypatch.setattr(making, "standing", lambda patient: patient)
    offering = open_offering(visit_type__free=True)
    merged, booked = at_once(
        [
            lambda: merge(desk, ann.patient, double),
            lambda: book(desk, double, offering),
        ]
    )
    assert merged.error is None
    assert isinstance(booked.error, IntegrityError)
    assert not Appointment.objects.exists()


def test_a_booking_that_was_first_moves_along(desk, ann, double, no_deadlocks):
    offering = open_offering(visit_type__free=True)
    outcomes = at_once(
        [
            lambda: book(desk, double, offering, wait=0),
            lambda: merge(desk, ann.patient, double),
        ]
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert Appointment.objects.get().patient == ann.patient


def test_two_merges_that_cross_make_one(desk, ann, double, slow_merge, no_deadlocks):
    outcomes = at_once(
        [
            lambda: merge(desk, ann.patient, double),
            lambda: merge(desk, double, ann.patient),
        ]
    )
    assert [type(one.error) for one in outcomes if one.error] == [MergedAlready]
    assert Merge.objects.count() == 1
    assert Patient.objects.filter(merged_into=None).count() == 1


def test_a_chain_that_is_made_at_once_loses_nothing(
    desk, ann, double, slow_merge, no_deadlocks
):
    """Of three records two pairs are merged at once; one of them may have to be tried
    again, and every visit ends with a record that stands."""
    third = PatientFactory()
    offering = open_offering(visit_type__free=True)
    visit = book(desk, double, offering, wait=0)
    at_once(
        [
            lambda: merge(desk, third, double),
            lambda: merge(desk, ann.patient, third),
        ]
    )
    visit.refresh_from_db()
    assert visit.patient.merged_into is None
