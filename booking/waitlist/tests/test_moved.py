"""A visit that moves leaves a time, for whoever waits for one."""

import uuid
from datetime import timedelta

import pytest

from booking.models import FreedTime
from booking.moves.services import move_for_patient, move_visit
from booking.waitlist.services import find_freed, sweep_waitlist
from booking.waitlist.tasks import offer_time_left
from booking.waitlist.tests.conftest import MONDAY, NOW
from portal.wiring import SUBSCRIPTIONS

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)
TUESDAY = MONDAY + timedelta(days=1)


def move(line, visit, starts_at, at=NOW, by=move_visit):
    visit.refresh_from_db()
    return by(
        actor=None,
        appointment=visit,
        offering=line.offering,
        starts_at=starts_at,
        reason="A meeting",
        at=at,
        idempotency_key=uuid.uuid4(),
    )


@pytest.mark.parametrize("by", [move_visit, move_for_patient])
def test_the_time_it_had_is_offered_whoever_moved_it(line, open_offers, by):
    entry = line.waits()
    visit = line.book()
    move(line, visit, TUESDAY, by=by)
    sweep_waitlist(at=NOW)
    freed = FreedTime.objects.get()
    assert (freed.appointment, freed.starts_at, freed.ends_at, freed.location) == (
        visit,
        MONDAY,
        MONDAY + 30 * MINUTES,
        line.offering.location,
    )
    assert open_offers() == [entry]


def test_not_to_whom_it_was(line, open_offers):
    visit = line.book()
    line.waits(visit.patient)
    move(line, visit, TUESDAY)
    sweep_waitlist(at=NOW)
    assert FreedTime.objects.get().status == FreedTime.Status.RELEASED
    assert open_offers() == []


def test_each_time_that_it_left_is_found_once(line):
    visit = line.book()
    move(line, visit, TUESDAY)
    move(line, visit, TUESDAY + timedelta(days=1))
    assert len(find_freed(at=NOW)) == 2
    assert find_freed(at=NOW) == []
    starts = FreedTime.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(starts) == [MONDAY, TUESDAY]


def test_one_that_moved_back_has_left_nothing_there(line):
    visit = line.book()
    move(line, visit, TUESDAY)
    move(line, visit, MONDAY)
    find_freed(at=NOW)
    assert FreedTime.objects.get().starts_at == TUESDAY
    # Until it is given up for good.
    line.cancel(visit)
    find_freed(at=NOW)
    assert FreedTime.objects.filter(starts_at=MONDAY).exists()


def test_a_move_that_waits_leaves_nothing_yet(line):
    kind = line.offering.visit_type
    kind.booking_policy = "REQUEST"
    kind.save()
    line.offering.refresh_from_db()
    move(line, line.book(), TUESDAY)
    assert find_freed(at=NOW) == []


def test_what_is_over_is_no_time_to_offer(line):
    move(line, line.book(), TUESDAY)
    assert find_freed(at=MONDAY) == []


def test_events_look_at_once(line, clock, open_offers):
    for event in ("visit_moved", "move_declined", "move_expired"):
        jobs = SUBSCRIPTIONS[f"booking.{event}"]
        assert "booking.waitlist.tasks.offer_time_left" in jobs
    entry = line.waits()
    row = move(line, line.book(), TUESDAY)
    offer_time_left(row.pk)
    offer_time_left(row.pk)
    assert open_offers() == [entry]
    offer_time_left(0)
