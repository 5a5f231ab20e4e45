"""Whoever accepts first has it; the others hear so, and lose nothing."""

from datetime import timedelta

import pytest

from accounts.proxies.services import NotActing
from audit.models import Entry
from booking.appointments.models import Status
from booking.appointments.services import (
    PatientBusy,
    confirm_paid,
    expire_lapsed,
)
from booking.models import Appointment, FreedTime, Offer, WaitlistEntry
from booking.waitlist.services import (
    OfferGone,
    OfferTaken,
    accept_offer,
    decline_offer,
    set_rules,
    sweep_waitlist,
)
from booking.waitlist.tests.conftest import MONDAY, NOW
from notifications.models import Delivery
from tests.factories.booking import open_offering
from tests.factories.proxies import ProxyFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


@pytest.fixture
def offer(line, ann):
    """A time offered to Ann."""
    line.waits(ann.patient)
    line.free()
    return Offer.objects.get()


def accept(offer, actor=None, at=NOW + MINUTES):
    return accept_offer(actor=actor, offer=offer, at=at, by_link=actor is None)


def told(event):
    return set(Delivery.objects.filter(event=event).values_list("patient", flat=True))


def test_the_kept_time_becomes_the_visit(offer, ann):
    visit = accept(offer, ann)
    assert (visit.patient, visit.status, visit.starts_at) == (
        ann.patient,
        Status.CONFIRMED,
        MONDAY,
    )
    offer.refresh_from_db()
    assert (offer.status, offer.answered_by) == (Offer.Status.ACCEPTED, ann)
    assert WaitlistEntry.objects.get().status == WaitlistEntry.Status.FULFILLED
    freed = FreedTime.objects.get()
    assert (freed.status, freed.hold) == (FreedTime.Status.TAKEN, visit)
    entry = Entry.objects.get(verb="waitlist.accepted")
    assert (entry.actor, entry.patient_id) == (ann, ann.patient.pk)


def test_pressing_twice_is_one_visit(offer):
    first = accept(offer)
    assert accept(offer) == first
    assert Appointment.objects.filter(status=Status.CONFIRMED).count() == 1


def test_the_others_are_told_and_stay_on_the_list(line):
    set_rules(actor=None, offer_minutes=30, offers_at_once=3)
    entries = [line.waits() for _ in range(3)]
    line.free()
    winner, *losers = Offer.objects.order_by("pk")
    accept(winner)
    for loser in losers:
        with pytest.raises(OfferTaken, match="Somebody else took this time"):
            accept(loser)
    assert told("waitlist_taken") == {entry.patient_id for entry in entries[1:]}
    assert list(WaitlistEntry.objects.active().order_by("pk")) == entries[1:]


def test_an_offer_ends_to_the_second(offer):
    accept(offer, at=offer.expires_at - timedelta(seconds=1))


def test_too_late_is_told_kindly_and_books_nothing(offer):
    with pytest.raises(OfferGone, match="You stay on the waiting list"):
        accept(offer, at=offer.expires_at)
    sweep_waitlist(at=offer.expires_at)
    with pytest.raises(OfferGone):
        accept(offer, at=NOW)
    assert not Appointment.objects.filter(status=Status.CONFIRMED).exists()


def test_saying_no_keeps_the_place_and_passes_it_on(offer):
    decline_offer(actor=None, offer=offer, at=NOW, by_link=True)
    assert ("booking.waitlist.tasks.offer_next", {"freed_id": offer.freed_id}) in (
        queued_jobs()
    )
    decline_offer(actor=None, offer=offer, at=NOW, by_link=True)
    with pytest.raises(OfferGone):
        accept(offer)
    sweep_waitlist(at=NOW)
    assert FreedTime.objects.get().status == FreedTime.Status.RELEASED
    assert WaitlistEntry.objects.active().count() == 1


def test_what_was_accepted_cannot_be_declined(offer):
    accept(offer)
    with pytest.raises(OfferGone):
        decline_offer(actor=None, offer=offer, at=NOW, by_link=True)


def test_nobody_is_in_two_places(line, ann, offer):
    """Booked meanwhile, elsewhere: the offer stays, and can still be declined."""
    line.book(patient=ann.patient, offering=open_offering())
    with pytest.raises(PatientBusy):
        accept(offer, ann)
    offer.refresh_from_db()
    assert offer.status == Offer.Status.OPEN
    decline_offer(actor=ann, offer=offer, at=NOW)


def test_only_the_patient_and_who_books_for_them_answer(offer, ann, gus, zoe):
    for answer in (accept_offer, decline_offer):
        with pytest.raises(NotActing):
            answer(actor=zoe, offer=offer, at=NOW)
    proxy = ProxyFactory(patient=ann.patient, user=gus, scopes=["records"])
    with pytest.raises(NotActing):
        accept(offer, gus)
    proxy.scopes = ["book"]
    proxy.save()
    assert accept(offer, gus).booked_by == gus


# --- Money ----------------------------------------------------------------------


def test_a_visit_that_is_paid_first_waits_for_the_money(paid_first, ann):
    paid_first.waits(ann.patient)
    paid_first.free()
    visit = accept(Offer.objects.get(), ann)
    assert (visit.status, visit.price) == (Status.HELD, 65)
    assert visit.hold_expires_at == NOW + MINUTES + timedelta(hours=3)
    job = ("booking.appointments.tasks.send_approved", {"appointment_id": visit.pk})
    assert job in queued_jobs()
    assert confirm_paid(appointment_id=visit.pk, at=NOW).status == Status.CONFIRMED


def test_unpaid_it_goes_on_to_the_next(paid_first, open_offers):
    paid_first.waits()
    second = paid_first.waits()
    paid_first.free()
    visit = accept(Offer.objects.get())
    late = visit.hold_expires_at
    expire_lapsed(at=late)
    sweep_waitlist(at=late)
    assert open_offers() == [second]


def test_where_the_doctor_approves_it_is_a_request(line, ann):
    line.offering.visit_type.booking_policy = "REQUEST"
    line.offering.visit_type.save()
    line.waits(ann.patient)
    line.free()
    assert accept(Offer.objects.get(), ann).status == Status.REQUESTED
