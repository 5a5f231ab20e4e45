"""Twenty accept one time at once: one has it, the rest are told, and nobody is booked
twice. Sweeps at once offer once.

The controls take out what keeps it so: with every lock and every constraint gone, two
visits move to one time, and several have what one can have; with one of the locks back,
or the constraints, one has it.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from booking.appointments.models import LIVE, Party
from booking.appointments.services import cancel_appointment, keeping
from booking.models import Appointment, FreedTime, Offer, WaitlistEntry
from booking.moves.services import taking
from booking.waitlist import services
from booking.waitlist.services import answering
from notifications.models import Delivery
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.waitlist import WaitlistEntryFactory
from tests.races.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
CROWD = 20
HALF_AN_HOUR = timedelta(minutes=30)


def offered(crowd, *, at_a_time=None):
    """One freed time, offered to as many at once."""
    services.set_rules(actor=None, offer_minutes=30, offers_at_once=at_a_time or crowd)
    offering = open_offering(visit_type__payment_policy="FREE", visit_type__price=0)
    for _ in range(crowd):
        WaitlistEntryFactory(offering=offering)
    visit = AppointmentFactory(offering=offering, starts_at=TEN)
    cancel_appointment(
        actor=None, appointment=visit, reason="", by=Party.PATIENT, at=NOW
    )
    return visit


def accept(offer):
    return services.accept_offer(actor=None, offer=offer, at=NOW, by_link=True)


def booked():
    rows = Appointment.objects.filter(status__in=LIVE, patient__isnull=False)
    return list(rows)


def test_of_twenty_who_accept_at_once_one_has_it(no_deadlocks):
    offered(CROWD)
    services.sweep_waitlist(at=NOW)
    offers = list(Offer.objects.filter(status="OPEN"))
    assert len(offers) == CROWD
    outcomes = at_once(lambda offer=offer: accept(offer) for offer in offers)
    won = [outcome.value for outcome in outcomes if outcome.error is None]
    assert booked() == won
    assert len(won) == 1
    lost = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert {type(error) for error in lost} == {services.OfferTaken}
    told = Delivery.objects.filter(event="waitlist_taken", channel="EMAIL")
    assert told.count() == CROWD - 1
    assert WaitlistEntry.objects.active().count() == CROWD - 1


def sooner(crowd):
    """Visits that wait for an earlier time, which is offered to all of them at once."""
    services.set_rules(actor=None, offer_minutes=30, offers_at_once=crowd)
    offering = open_offering(visit_type__payment_policy="FREE", visit_type__price=0)
    visits = [
        AppointmentFactory(offering=offering, starts_at=TEN + n * HALF_AN_HOUR)
        for n in range(1, crowd + 1)
    ]
    for visit in visits:
        WaitlistEntryFactory(offering=offering, patient=visit.patient, replaces=visit)
    early = AppointmentFactory(offering=offering, starts_at=TEN)
    cancel_appointment(
        actor=None, appointment=early, reason="", by=Party.PATIENT, at=NOW
    )
    services.sweep_waitlist(at=NOW)
    offers = list(Offer.objects.filter(status="OPEN"))
    assert len(offers) == crowd
    return offers


def at_ten():
    return sum(visit.starts_at == TEN for visit in booked())


def accept_all(offers):
    outcomes = at_once(lambda offer=offer: accept(offer) for offer in offers)
    return [outcome.error for outcome in outcomes]


@pytest.fixture
def without_uniques(without_constraints):
    """Nor is there one acceptance of a freed time only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'accepted_by_one'"
        )
        [definition] = cursor.fetchone()
        cursor.execute("DROP INDEX accepted_by_one")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE booking_offer CASCADE")
        cursor.execute(definition)


@pytest.fixture
def unlock(monkeypatch):
    """unlock("calendars", "freed", "visits"): nobody waits for these any more, nor for
    what the others are offered; and everybody dawdles between looking and writing."""

    def out(*names):
        if "calendars" in names:
            monkeypatch.setattr(answering, "lock_calendars", lambda **_: None)
        if "freed" in names:
            monkeypatch.setattr(
                answering,
                "_locked",
                lambda offer: answering.whole_offers().get(pk=offer.pk),
            )
        if "visits" in names:
            for module in (keeping, taking):
                monkeypatch.setattr(
                    module,
                    "locked",
                    lambda row: Appointment.objects.select_related(
                        "doctor", "visit_type", "location"
                    ).get(pk=row.pk),
                )
        # It would lock the offers of the others, which is a lock as well.
        monkeypatch.setattr(answering, "_disappoint", lambda *_: None)
        give_back = taking.give_back

        def dawdle(**given):
            time.sleep(0.5)
            return give_back(**given)

        monkeypatch.setattr(taking, "give_back", dawdle)

    return out


def test_of_five_whose_visits_can_be_earlier_one_moves(no_deadlocks):
    offers = sooner(5)
    errors = accept_all(offers)
    assert errors.count(None) == 1
    assert {type(error) for error in errors} == {type(None), services.OfferTaken}
    assert at_ten() == 1
    assert len(booked()) == 5


def test_control_without_locks_and_constraints_several_move_to_one_time(
    without_uniques, unlock
):
    offers = sooner(4)
    unlock("calendars", "freed", "visits")
    errors = accept_all(offers)
    assert errors.count(None) > 1
    assert at_ten() > 1


@pytest.mark.parametrize("lock", ["calendars", "freed"])
def test_with_one_of_the_locks_alone_one_moves(without_uniques, unlock, lock):
    offers = sooner(4)
    unlock(*{"calendars", "freed", "visits"} - {lock})
    assert accept_all(offers).count(None) == 1
    assert at_ten() == 1


def test_without_the_locks_the_constraints_let_one_move(unlock, transactional_db):
    offers = sooner(4)
    unlock("calendars", "freed", "visits")
    accept_all(offers)
    assert at_ten() == 1
    assert len(booked()) == 4


def test_one_who_presses_twenty_times_has_one_visit(no_deadlocks):
    offered(1)
    services.sweep_waitlist(at=NOW)
    offer = Offer.objects.get()
    outcomes = at_once(lambda: accept(offer) for _ in range(CROWD))
    assert {outcome.value for outcome in outcomes} == set(booked())
    assert len(booked()) == 1


def test_sweeps_at_once_find_once_and_ask_one(no_deadlocks):
    offered(3, at_a_time=1)
    outcomes = at_once(lambda: services.sweep_waitlist(at=NOW) for _ in range(6))
    assert [outcome.error for outcome in outcomes] == [None] * 6
    assert FreedTime.objects.count() == 1
    assert Offer.objects.filter(status="OPEN").count() == 1
    assert Delivery.objects.filter(event="waitlist_offer", channel="SMS").count() == 1


def test_accepting_and_passing_on_at_once_is_one_or_the_other(no_deadlocks):
    """At the second at which the offer ends."""
    offered(2, at_a_time=1)
    services.sweep_waitlist(at=NOW)
    offer = Offer.objects.get(status="OPEN")
    outcomes = at_once(
        [
            lambda: accept(offer),
            lambda: services.sweep_waitlist(at=offer.expires_at),
            lambda: services.decline_offer(
                actor=None, offer=offer, at=NOW, by_link=True
            ),
            lambda: services.leave_waitlist(actor=None, entry=offer.entry, at=NOW),
        ]
    )
    errors = {type(outcome.error) for outcome in outcomes} - {type(None)}
    assert errors <= {services.OfferGone, services.OfferTaken}
    assert len(booked()) == Offer.objects.filter(status="ACCEPTED").count()
    assert len(booked()) <= 1
    connection.close()
