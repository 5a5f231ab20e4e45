"""How many visits of one kind a doctor sees on one day, at most."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.queries import (
    free_slots,
    is_free_at,
    is_full_day,
    next_free,
    slot_at,
)
from booking.appointments.services import (
    SlotTaken,
    book_for_patient,
    confirm_paid,
    expire_lapsed,
    hold_slot,
    overbook,
)
from booking.moves.services import move_visit
from foundation.formats import local
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory, open_offering
from tests.factories.clinic import LocationFactory, OfferingFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
NOON = TEN.replace(hour=12)
DAY = timedelta(days=1)


@pytest.fixture
def offering(db):
    """Two a day."""
    made = open_offering(visit_type__free=True)
    made.most_a_day = 2
    made.save()
    return made


@pytest.fixture
def full(offering):
    """A Monday with two."""
    return [
        AppointmentFactory(offering=offering, starts_at=TEN),
        AppointmentFactory(offering=offering, starts_at=TEN.replace(hour=15)),
    ]


def days(offering, *, at=NOW, **rules):
    """On which days there are free times, for a week."""
    found = free_slots([offering], after=at, until=at + 7 * DAY, at=at, **rules)
    return {slot.starts_at.date().day for slot in found[offering.pk]}


def test_a_full_day_has_no_times_and_the_others_have(offering, full):
    assert days(offering) == {12, 13, 17, 18, 19}
    assert slot_at(offering, NOON, at=NOW) is None
    assert not is_free_at(offering, NOON, at=NOW)
    assert is_full_day(offering, NOON, at=NOW)
    assert next_free([offering], at=TEN)[offering.doctor_id].starts_at.day == 17


def test_with_one_less_it_is_open(offering, full):
    full[0].delete()
    assert slot_at(offering, NOON, at=NOW) is not None


def test_without_a_number_as_many_as_fit(offering, full):
    offering.most_a_day = None
    offering.save()
    assert slot_at(offering, NOON, at=NOW) is not None


def test_the_first_so_many_are_those_of_open_days(offering, full):
    found = free_slots([offering], after=TEN, until=TEN + 2 * DAY, at=NOW, limit=1)
    assert [slot.starts_at.day for slot in found[offering.pk]] == [17]


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("HELD", True),
        ("REQUESTED", True),
        ("COMPLETED", True),
        ("CANCELLED", False),
        ("DECLINED", False),
        ("MISSED", False),
    ],
)
def test_what_counts(offering, full, status, counts):
    full[0].status, full[0].hold_expires_at = status, TEN
    full[0].save()
    at = TEN + timedelta(hours=1) if status == "COMPLETED" else NOW
    assert (slot_at(offering, NOON, at=at) is None) is counts


def test_a_lapsed_hold_does_not(offering, full):
    full[0].status, full[0].hold_expires_at = "HELD", NOW
    full[0].save()
    assert slot_at(offering, NOON, at=NOW) is not None


def test_other_kinds_and_places_are_counted_by_themselves(offering, full):
    other = OfferingFactory(doctor=offering.doctor, location=offering.location)
    assert slot_at(other, NOON, at=NOW) is not None
    AppointmentFactory(offering=other, starts_at=NOON)
    assert days(offering) == {12, 13, 17, 18, 19}


@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        # Sunday evening in UTC is Monday in Auckland; Tuesday in UTC, Monday in LA.
        ("Pacific/Auckland", datetime(2026, 3, 15, 21, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 16, 23, tzinfo=UTC)),
        # The day of 23 hours, and the one of 25.
        ("Europe/London", datetime(2026, 3, 29, 9, tzinfo=UTC)),
        ("Europe/London", datetime(2026, 10, 25, 10, tzinfo=UTC)),
    ],
)
def test_the_day_is_that_of_the_place(zone, starts_at):
    offering = open_offering(
        weekdays=range(7),
        location=LocationFactory(time_zone=zone),
        visit_type__free=True,
    )
    offering.most_a_day = 1
    offering.save()
    AppointmentFactory(offering=offering, starts_at=starts_at)
    at = starts_at - 3 * DAY
    found = free_slots([offering], after=at, until=at + 6 * DAY, at=at)
    place = offering.location
    wall = {
        local(slot.starts_at, place.time_zone).date() for slot in found[offering.pk]
    }
    there = local(starts_at, place.time_zone).date()
    assert there not in wall
    assert {there - DAY, there + DAY} <= wall


def hold(offering, starts_at=NOON):
    return hold_slot(
        actor=None,
        offering=offering,
        starts_at=starts_at,
        via="SITE",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )


def test_nobody_books_into_a_full_day_neither_online_nor_at_the_desk(offering, full):
    with pytest.raises(SlotTaken) as refused:
        hold(offering)
    assert {slot.starts_at.day for slot in refused.value.nearest} <= {13, 17}
    with pytest.raises(SlotTaken):
        book_for_patient(
            actor=None,
            patient=PatientFactory(),
            offering=offering,
            starts_at=NOON,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )


def test_staff_do_with_a_reason(offering, full):
    made = overbook(
        actor=None,
        patient=PatientFactory(),
        offering=offering,
        starts_at=NOON,
        room=None,
        reason="",
        why="Acute",
        at=NOW,
        idempotency_key=uuid.uuid4(),
    )
    assert (made.is_overbooked, made.overbooked_why) == (False, "Acute")


def paid_late(offering, *, is_swept):
    """The hold of one on Monday lapses; then its money comes."""
    visit = AppointmentFactory(
        offering=offering, starts_at=NOON, status="HELD", hold_expires_at=NOW
    )
    if is_swept:
        assert expire_lapsed(at=NOW) == 1
    return confirm_paid(appointment_id=visit.pk, at=NOW)


@pytest.mark.parametrize("is_swept", [True, False])
def test_late_money_buys_no_visit_of_a_day_that_is_full_by_now(
    offering, full, is_swept
):
    with pytest.raises(SlotTaken):
        paid_late(offering, is_swept=is_swept)


@pytest.mark.parametrize("is_swept", [True, False])
def test_late_money_buys_the_last_one_of_the_day(offering, full, is_swept):
    full[0].delete()
    assert paid_late(offering, is_swept=is_swept).status == "CONFIRMED"


def test_what_staff_put_beyond_the_number_is_paid_for_late_as_well(offering, full):
    visit = AppointmentFactory(
        offering=offering,
        starts_at=NOON,
        status="HELD",
        hold_expires_at=NOW,
        overbooked_why="Acute",
    )
    assert confirm_paid(appointment_id=visit.pk, at=NOW).status == "CONFIRMED"


def test_a_visit_moves_within_its_own_full_day_and_into_no_other(offering, full):
    tuesday = AppointmentFactory(offering=offering, starts_at=TEN + DAY)

    def move(visit):
        return move_visit(
            actor=None,
            appointment=visit,
            offering=offering,
            starts_at=NOON,
            reason="",
            at=NOW,
            idempotency_key=uuid.uuid4(),
        )

    with pytest.raises(SlotTaken):
        move(tuesday)
    assert move(full[0]).status == "DONE"
