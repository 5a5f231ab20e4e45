"""A doctor sees so many of one kind a day: also when everybody asks at once.

No constraint can count, so a lock stands for it alone, and it is enough: the number is
one doctor's, whoever gives a visit a time waits for that doctor's calendar first, and
counts when they have it. A hold counts from the start and becomes the visit in the same
row, so nothing is counted twice or not at all on the way. What needs no lock is what
adds no visit to a day: an answer, a payment in time, the end of a hold. The controls
take the locks out.
"""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from booking.appointments.models import LIVE, Party
from booking.appointments.services import (
    SlotTaken,
    book_for_patient,
    cancel_appointment,
    hold_slot,
    looking,
)
from booking.models import Appointment, Offer
from booking.moves.services import move_visit
from booking.queue.services import take_walk_in
from booking.waitlist.services import accept_offer, sweep_waitlist
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.waitlist import WaitlistEntryFactory
from tests.races.conftest import at_once, dawdle_before_writing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
NINE = datetime(2026, 3, 16, 9, tzinfo=UTC)
# On that Monday.
EIGHT = datetime(2026, 3, 16, 8, tzinfo=UTC)
DAY = timedelta(days=1)
MOST = 2


@pytest.fixture
def offering(transactional_db):
    made = open_offering(visit_type__free=True)
    made.most_a_day = MOST
    made.save()
    return made


def hold_all(offering, crowd):
    """Each another time of the same day."""

    def hold(number):
        return hold_slot(
            actor=None,
            offering=offering,
            starts_at=NINE + number * timedelta(minutes=30),
            via="SITE",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )

    return at_once(lambda number=number: hold(number) for number in range(crowd))


def test_of_ten_who_want_ten_times_as_many_get_one_as_the_doctor_sees(
    offering, no_deadlocks
):
    outcomes = hold_all(offering, 10)
    errors = {type(outcome.error) for outcome in outcomes} - {type(None)}
    assert errors == {SlotTaken}
    assert Appointment.objects.count() == MOST


class Doctor:
    """Who sees three a day: one time of Monday is kept for whom the waiting list asks,
    so two are left, and five want them, each by another way in."""

    def __init__(self):
        self.offering = open_offering(visit_type__free=True)
        self.offering.most_a_day = MOST + 1
        self.offering.save()
        WaitlistEntryFactory(offering=self.offering, notice_hours=0)
        early = AppointmentFactory(offering=self.offering, starts_at=NINE)
        cancel_appointment(
            actor=None, appointment=early, reason="", by=Party.PATIENT, at=EIGHT
        )
        self.later = AppointmentFactory(offering=self.offering, starts_at=NINE + DAY)
        self.people = PatientFactory.create_batch(2)

    def ways(self):
        """The form twice, the desk, a move from Tuesday, a walk-in; and the offer."""
        offer = Offer.objects.get(offering=self.offering, status="OPEN")
        common = {"actor": None, "at": EIGHT, "offering": self.offering}
        named = [{"patient": person, "reason": "", **common} for person in self.people]
        acts = [
            (hold_slot, {**common, "via": "SITE"}),
            (hold_slot, {**common, "via": "PORTAL"}),
            (book_for_patient, named[0]),
            (move_visit, {**common, "appointment": self.later, "reason": ""}),
            (take_walk_in, named[1]),
        ]
        yield lambda: accept_offer(actor=None, offer=offer, at=EIGHT, by_link=True)
        for number, (act, asked) in enumerate(acts, start=2):
            yield partial(
                act,
                starts_at=NINE + number * timedelta(minutes=30),
                idempotency_key=uuid.uuid4(),
                **asked,
            )

    def count(self):
        rows = Appointment.objects.filter(doctor=self.offering.doctor)
        live = rows.filter(status__in=LIVE)
        return live.filter(starts_at__lt=NINE + timedelta(hours=12)).count()


def come_all_ways():
    doctors = [Doctor(), Doctor()]
    sweep_waitlist(at=EIGHT)
    outcomes = at_once([way for doctor in doctors for way in doctor.ways()])
    return doctors, outcomes


def test_whatever_the_way_in_two_doctors_see_as_many_as_they_see(
    transactional_db, no_deadlocks
):
    doctors, outcomes = come_all_ways()
    assert [doctor.count() for doctor in doctors] == [MOST + 1] * 2
    errors = [type(one.error) for one in outcomes if one.error]
    # Of six each, with the offer, three are refused.
    assert errors == [SlotTaken] * 6


def test_control_without_any_lock_they_see_more(without_locks_anywhere, monkeypatch):
    dawdle_before_writing(monkeypatch, 0.5)
    doctors, _ = come_all_ways()
    assert max(doctor.count() for doctor in doctors) > MOST + 1


def test_control_without_the_lock_more_do(offering, monkeypatch):
    monkeypatch.setattr(
        looking, "_LOOK", looking._LOOK.replace("pg_advisory_xact_lock", "abs")
    )
    dawdle_before_writing(monkeypatch, 0.5)
    hold_all(offering, 6)
    assert Appointment.objects.count() > MOST
