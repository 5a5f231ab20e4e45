"""Freed times are found, kept, offered in order and passed on."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.models import Entry
from booking.appointments.models import Status
from booking.appointments.queries import free_slots
from booking.models import Appointment, FreedTime, Offer, WaitlistEntry
from booking.waitlist.services import (
    find_freed,
    leave_waitlist,
    offer_freed,
    set_rules,
    sweep_waitlist,
)
from booking.waitlist.tasks import offer_freed_time, offer_next
from booking.waitlist.tests.conftest import MONDAY, NOW
from notifications.models import Delivery
from portal.wiring import SUBSCRIPTIONS
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import OfferingFactory, VisitTypeFactory
from tests.jobs import queued_jobs

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)
HALF_AN_HOUR = 30 * MINUTES


def is_public(line, starts_at=MONDAY, at=NOW):
    """Whether visitors are offered this time."""
    found = free_slots(
        [line.offering], after=starts_at, until=starts_at + MINUTES, at=at
    )
    return [slot.starts_at for slot in found[line.offering.pk]] == [starts_at]


def messages(event):
    rows = Delivery.objects.filter(event=event).exclude(channel="IN_APP")
    return [(row.patient_id, row.channel) for row in rows.order_by("pk")]


def test_a_cancelled_time_goes_to_who_joined_first_and_is_kept(line, open_offers):
    first, _ = line.waits(), line.waits()
    freed = line.free()
    assert open_offers() == [first]
    offer = Offer.objects.get()
    assert (offer.offered_at, offer.expires_at) == (NOW, NOW + HALF_AN_HOUR)
    assert offer.why.startswith("Waiting since 3 March 2026; asked for any time with")
    assert freed.status == FreedTime.Status.OFFERING
    hold = freed.hold
    assert (hold.patient_id, hold.status) == (None, Status.HELD)
    assert hold.hold_expires_at > offer.expires_at
    assert not is_public(line)
    assert messages("waitlist_offer") == [
        (first.patient_id, "EMAIL"),
        (first.patient_id, "SMS"),
    ]
    assert Entry.objects.filter(verb="waitlist.offered").count() == 1


def test_without_anybody_who_waits_it_is_everybodys_at_once(line):
    freed = line.free()
    assert freed.status == FreedTime.Status.RELEASED
    assert freed.hold is None
    assert is_public(line)


@pytest.mark.parametrize("status", ["DECLINED", "EXPIRED", "CANCELLED"])
def test_whatever_gives_up_a_time_is_found(line, status, open_offers):
    entry = line.waits()
    line.book(status=status)
    sweep_waitlist(at=NOW)
    assert open_offers() == [entry]


@pytest.mark.parametrize(
    ("status", "with_patient"), [("CONFIRMED", True), ("EXPIRED", False)]
)
def test_what_was_nobodys_or_still_is_somebodys_is_not(line, status, with_patient):
    line.waits()
    visit = line.book(status=status)
    if not with_patient:
        Appointment.objects.filter(pk=visit.pk).update(patient=None)
    sweep_waitlist(at=NOW)
    assert not FreedTime.objects.exists()


def test_a_time_is_considered_once(line, open_offers):
    freed = line.free()
    line.waits()
    sweep_waitlist(at=NOW + MINUTES)
    assert find_freed(at=NOW) == []
    assert open_offers() == []
    assert list(FreedTime.objects.all()) == [freed]


def test_looking_twice_offers_once(line, open_offers):
    first, _ = line.waits(), line.waits()
    freed = line.free()
    for _ in range(3):
        offer_freed(freed_id=freed.pk, at=NOW + MINUTES)
        sweep_waitlist(at=NOW + MINUTES)
    assert open_offers() == [first]
    assert len(messages("waitlist_offer")) == 2


def test_an_offer_that_nobody_answers_moves_on_by_itself(line, open_offers):
    first, second = line.waits(), line.waits()
    freed = line.free()
    later = NOW + HALF_AN_HOUR
    sweep_waitlist(at=later - MINUTES)
    assert open_offers() == [first]
    sweep_waitlist(at=later)
    assert open_offers() == [second]
    assert Offer.objects.get(entry=first).status == Offer.Status.EXPIRED
    assert messages("waitlist_offer_expired") == [(first.patient_id, "EMAIL")]
    assert not is_public(line, at=later)
    # The first in line is not asked about this time again, and waits on.
    sweep_waitlist(at=later + HALF_AN_HOUR)
    freed.refresh_from_db()
    assert (freed.status, open_offers()) == (FreedTime.Status.RELEASED, [])
    assert is_public(line, at=later + HALF_AN_HOUR)
    assert WaitlistEntry.objects.active().count() == 2


def test_between_two_offers_the_public_never_sees_it(line):
    """The hold outlives the offer, for as long as a sweep may be late."""
    line.waits()
    line.free()
    assert not is_public(line, at=NOW + HALF_AN_HOUR + MINUTES)


def test_after_a_day_of_nobody_looking_it_goes_on_if_it_is_free(line, open_offers):
    first, second = line.waits(), line.waits()
    line.free()
    morning = NOW + timedelta(days=1)
    sweep_waitlist(at=morning)
    assert Offer.objects.get(entry=first).status == Offer.Status.EXPIRED
    assert open_offers() == [second]
    assert not is_public(line, at=morning)


def test_after_downtime_somebody_may_have_booked_it(line, open_offers):
    line.waits()
    line.waits()
    freed = line.free()
    morning = NOW + timedelta(days=1)
    Appointment.objects.filter(pk=freed.hold_id).update(status=Status.EXPIRED)
    line.book()
    sweep_waitlist(at=morning)
    freed.refresh_from_db()
    assert (freed.status, open_offers()) == (FreedTime.Status.LOST, [])


def test_a_time_that_came_near_while_nobody_looked_is_not_offered(line):
    line.waits()
    line.book(status="CANCELLED")
    sweep_waitlist(at=MONDAY - 30 * MINUTES)
    assert not Offer.objects.exists()
    sweep_waitlist(at=MONDAY + MINUTES)
    assert FreedTime.objects.get().status == FreedTime.Status.RELEASED


def test_offers_that_were_open_when_the_visit_began_close_it(line):
    line.waits()
    freed = line.free()
    sweep_waitlist(at=MONDAY + MINUTES)
    freed.refresh_from_db()
    assert freed.status == FreedTime.Status.SKIPPED


def test_a_time_outside_the_hours_is_not_offered(line):
    """Of a doctor who fell ill: their visits are off, and so are their times."""
    line.waits()
    freed = line.free(datetime(2026, 3, 16, 19, tzinfo=UTC))
    assert freed.status == FreedTime.Status.LOST
    assert not Offer.objects.exists()


def test_near_visits_leave_less_time_to_answer(line):
    line.waits(notice_hours=1)
    # Two hours, one of them notice: a quarter of the hour that is left.
    line.free(at=MONDAY - timedelta(hours=2))
    offer = Offer.objects.get()
    assert offer.expires_at - offer.offered_at == 15 * MINUTES


def test_nobody_gets_less_than_ten_minutes(line):
    line.waits(notice_hours=1)
    freed = line.free(at=MONDAY - timedelta(minutes=69))
    assert freed.status == FreedTime.Status.SKIPPED
    line.waits(notice_hours=1)
    line.free(MONDAY + timedelta(hours=1), at=MONDAY - timedelta(minutes=10))
    offer = Offer.objects.get()
    assert offer.expires_at - offer.offered_at == 10 * MINUTES


def test_several_can_be_asked_at_once(line, open_offers):
    set_rules(actor=None, offer_minutes=45, offers_at_once=2)
    first, second, _ = line.waits(), line.waits(), line.waits()
    line.free()
    assert open_offers() == [first, second]
    assert {offer.expires_at for offer in Offer.objects.all()} == {NOW + 45 * MINUTES}


def test_one_open_offer_each(line, open_offers):
    first, second = line.waits(), line.waits()
    line.free()
    line.free(MONDAY + timedelta(hours=1))
    assert open_offers() == [first, second]


def test_who_leaves_passes_it_on(line, open_offers):
    first, second = line.waits(), line.waits()
    freed = line.free()
    leave_waitlist(actor=None, entry=first, at=NOW)
    assert ("booking.waitlist.tasks.offer_next", {"freed_id": freed.pk}) in (
        queued_jobs()
    )
    offer_freed(freed_id=freed.pk, at=NOW)
    assert open_offers() == [second]
    assert leave_waitlist(actor=None, entry=first, at=NOW).status == "WITHDRAWN"


def test_a_shorter_visit_fits_into_a_longer_ones_time(line, open_offers):
    short = OfferingFactory(
        doctor=line.offering.doctor,
        location=line.offering.location,
        visit_type=VisitTypeFactory(duration_minutes=15),
    )
    long = OfferingFactory(
        doctor=line.offering.doctor,
        location=line.offering.location,
        visit_type=VisitTypeFactory(duration_minutes=60),
    )
    line.book(MONDAY + HALF_AN_HOUR)
    line.waits(offering=long)
    entry = line.waits(offering=short)
    freed = line.free()
    assert open_offers() == [entry]
    assert freed.hold.visit_type == short.visit_type
    assert freed.hold.ends_at - freed.hold.starts_at == 15 * MINUTES


def test_the_next_may_want_another_kind(line, open_offers):
    """The time is kept anew, as what it is offered as."""
    short = OfferingFactory(
        doctor=line.offering.doctor,
        location=line.offering.location,
        visit_type=VisitTypeFactory(duration_minutes=15),
    )
    line.waits()
    second = line.waits(offering=short)
    freed = line.free()
    before = freed.hold
    sweep_waitlist(at=NOW + HALF_AN_HOUR)
    freed.refresh_from_db()
    before.refresh_from_db()
    assert open_offers() == [second]
    assert before.status == Status.EXPIRED
    assert freed.hold.visit_type == short.visit_type


# --- Quiet hours ------------------------------------------------------------------

NIGHT = datetime(2026, 3, 12, 23, tzinfo=UTC)
EIGHT = datetime(2026, 3, 13, 8, tzinfo=UTC)


def test_nobody_is_woken_and_the_time_waits_for_who_is_first(line, open_offers):
    first, _ = line.waits(), line.waits()
    freed = line.free(at=NIGHT)
    assert (open_offers(), freed.resume_at) == ([], EIGHT)
    assert not is_public(line, at=EIGHT)
    sweep_waitlist(at=EIGHT - MINUTES)
    assert messages("waitlist_offer") == []
    sweep_waitlist(at=EIGHT)
    assert open_offers() == [first]


def test_whose_night_it_is_decides(line, open_offers):
    """11pm in London is 7pm in New York."""
    abroad = line.waits(PatientFactory(time_zone="America/New_York"))
    line.free(at=NIGHT)
    assert open_offers() == [abroad]


def test_where_the_morning_is_too_late_the_next_is_asked(line, open_offers):
    """A visit at 9 with an hour's notice: at 8 nobody could answer any more."""
    asleep = line.waits()
    awake = line.waits(PatientFactory(time_zone="America/New_York"))
    nine = datetime(2026, 3, 13, 9, tzinfo=UTC)
    freed = line.free(nine, at=NIGHT)
    assert open_offers() == [awake]
    passed = Offer.objects.get(entry=asleep)
    assert passed.status == Offer.Status.SKIPPED
    assert "quiet hours for them until 8:00am" in passed.why
    assert freed.resume_at is None
    assert messages("waitlist_offer")[0][0] == awake.patient_id


# --- Wiring, crashes and access ------------------------------------------------------


def test_events_look_at_once_and_the_sweep_needs_none(line, clock, open_offers):
    for event in ("appointment_cancelled", "appointment_declined", "hold_expired"):
        jobs = SUBSCRIPTIONS[f"booking.{event}"]
        assert "booking.waitlist.tasks.offer_freed_time" in jobs
    entry = line.waits()
    visit = line.book(status="CANCELLED")
    offer_freed_time(visit.pk)
    offer_freed_time(visit.pk)
    assert open_offers() == [entry]
    offer_next(FreedTime.objects.get().pk)
    offer_next(0)


def test_an_offer_and_its_message_are_there_together_or_not_at_all(
    line, monkeypatch, open_offers, caplog
):
    """Killed between the two, the sweep begins anew."""
    entry = line.waits()
    other = AppointmentFactory(
        starts_at=MONDAY, status="CANCELLED", patient=PatientFactory()
    )

    def die(**_):
        raise RuntimeError("killed")

    monkeypatch.setattr("booking.waitlist.services.offering.tell_offered", die)
    freed = line.free()
    assert "could not be offered" in caplog.text
    assert not Offer.objects.exists()
    assert (freed.status, freed.hold) == (FreedTime.Status.NEW, None)
    # Another's time was looked at all the same.
    assert other.freed_times.get().status == FreedTime.Status.RELEASED
    monkeypatch.undo()
    sweep_waitlist(at=NOW + MINUTES)
    assert open_offers() == [entry]
    assert len(messages("waitlist_offer")) == 2
