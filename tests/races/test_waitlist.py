"""Twenty accept one time at once: one has it, the rest are told, and nobody is booked
twice. Sweeps at once offer once.

The control takes the locks out: then two believe that they have it, and only what
stands behind the locks, the unique acceptance of a freed time, keeps it from being so.
"""

import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from booking.appointments.models import LIVE, Party
from booking.appointments.services import cancel_appointment
from booking.models import Appointment, FreedTime, Offer, WaitlistEntry
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


def test_control_without_the_locks_several_believe_it(without_constraints, monkeypatch):
    """And the one acceptance that a freed time can have stops all but one."""
    offered(5)
    services.sweep_waitlist(at=NOW)
    offers = list(Offer.objects.filter(status="OPEN"))
    believed = []

    def unlocked(found):
        offer = answering.whole_offers().get(pk=found.pk)
        answering._check_open(offer, NOW)
        believed.append(found.pk)
        time.sleep(0.3)
        return offer

    monkeypatch.setattr(answering, "lock_calendars", lambda **_: None)
    monkeypatch.setattr(answering, "_locked", unlocked)
    outcomes = at_once(lambda offer=offer: accept(offer) for offer in offers)
    assert len(believed) > 1
    assert sum(outcome.error is None for outcome in outcomes) == 1
    assert Offer.objects.filter(status="ACCEPTED").count() == 1


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
