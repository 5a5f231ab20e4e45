"""What stands in the way of a visit at another time, for who works here."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from booking.appointments.models import Status
from booking.appointments.queries import Way, obstacles, room_obstacles
from booking.appointments.services import NotThere, PatientBusy, RoomTaken, SlotTaken
from booking.models import Appointment, AvailabilityException, Move
from booking.moves.services import ChangedMeanwhile, hand_over, move_for_patient
from tests.factories.booking import (
    AppointmentFactory,
    WorkingHoursFactory,
    open_offering,
)
from tests.factories.clinic import DoctorFactory, OfferingFactory, RoomFactory

pytestmark = pytest.mark.django_db

# A Friday; the visit is on Monday from ten to half past.
NOW = datetime(2026, 3, 13, 8, tzinfo=UTC)
TEN = datetime(2026, 3, 16, 10, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def offering():
    offering = open_offering(room=RoomFactory(name="Room 1"))
    offering.visit_type.duration_minutes = 30
    offering.visit_type.save()
    return offering


@pytest.fixture
def visit(offering):
    return AppointmentFactory(offering=offering, starts_at=TEN)


def ways(visit, offering, starts_at, **given):
    given.setdefault("at", NOW)
    return [one.way for one in obstacles(visit, offering, starts_at, **given)]


def move(visit, offering, starts_at, **given):
    return move_for_patient(
        actor=None,
        appointment=visit,
        offering=offering,
        starts_at=starts_at,
        reason="A meeting",
        at=NOW,
        **{"idempotency_key": uuid.uuid4(), **given},
    )


def test_a_visit_is_not_in_its_own_way_and_needs_no_grid(visit, offering):
    assert ways(visit, offering, TEN + QUARTER) == []
    move(visit, offering, TEN + QUARTER + timedelta(minutes=5))
    visit.refresh_from_db()
    assert visit.starts_at == TEN + timedelta(minutes=20)


def test_each_thing_in_the_way_is_said_in_words(visit, offering):
    later = TEN + 4 * QUARTER
    AppointmentFactory(
        doctor=offering.doctor, location=offering.location, starts_at=later
    )
    AppointmentFactory(room=offering.room, starts_at=later)
    AppointmentFactory(patient=visit.patient, starts_at=later)
    found = obstacles(visit, offering, later + QUARTER, at=NOW)
    assert {one.way for one in found} == {Way.DOCTOR, Way.ROOM, Way.PATIENT}
    short = offering.doctor.short_name
    assert {one.sentence for one in found} == {
        f"{short} has another visit then, 11:00 to 11:30.",
        "Room 1 is taken then, 11:00 to 11:30.",
        "The patient has another visit then, 11:00 to 11:30.",
    }
    with pytest.raises(PatientBusy, match="The patient has another visit"):
        move(visit, offering, later + QUARTER)


def test_hours_a_full_day_and_the_past_stand_in_the_way(visit, offering):
    assert ways(visit, offering, TEN + timedelta(hours=9)) == [Way.HOURS]
    assert ways(visit, offering, TEN) == [Way.SAME]
    assert ways(visit, offering, NOW - timedelta(hours=1)) == [Way.OVER]
    AvailabilityException.objects.create(
        doctor=offering.doctor, kind="CLOSED", starts_at=TEN, ends_at=TEN + QUARTER
    )
    assert ways(visit, offering, TEN + timedelta(minutes=10)) == [Way.HOURS]
    offering.most_a_day = 1
    offering.save()
    tomorrow = TEN + timedelta(days=1)
    assert ways(visit, offering, tomorrow + QUARTER) == []
    AppointmentFactory(offering=offering, starts_at=tomorrow + timedelta(hours=3))
    assert ways(visit, offering, tomorrow + QUARTER) == [Way.FULL]
    offering.is_active = False
    offering.save()
    assert ways(visit, offering, tomorrow) == [Way.STOPPED]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("doctor", SlotTaken), ("room", RoomTaken), ("hours", NotThere)],
)
def test_what_is_shown_is_what_the_service_refuses(visit, offering, who, refusal):
    later = TEN + timedelta(hours=2)
    if who == "doctor":
        AppointmentFactory(doctor=offering.doctor, starts_at=later)
    elif who == "room":
        AppointmentFactory(room=offering.room, starts_at=later)
    else:
        later = TEN + timedelta(hours=12)
    [found] = obstacles(visit, offering, later, at=NOW)
    with pytest.raises(refusal) as refused:
        move(visit, offering, later)
    assert str(refused.value) == found.sentence
    assert Appointment.objects.get(pk=visit.pk).starts_at == TEN


def test_buffers_keep_their_distance_and_lapsed_holds_none(visit, offering):
    kind = offering.visit_type
    kind.buffer_before_minutes = 10
    kind.save()
    later = TEN + timedelta(hours=2)
    other = AppointmentFactory(
        doctor=offering.doctor, location=offering.location, starts_at=later
    )
    close = later + timedelta(minutes=35)
    assert ways(visit, offering, close) == [Way.DOCTOR]
    assert ways(visit, offering, later + timedelta(minutes=40)) == []
    other.status, other.hold_expires_at = Status.HELD, NOW
    other.save()
    assert ways(visit, offering, close) == []
    other.hold_expires_at = NOW + QUARTER
    other.save()
    assert ways(visit, offering, close) == [Way.DOCTOR]
    assert ways(visit, offering, close, besides=[other.pk]) == []


def test_two_queries_whatever_is_booked(visit, offering, django_assert_num_queries):
    later = TEN + timedelta(hours=2)
    for minutes in (0, 10, 20):
        AppointmentFactory(
            doctor=offering.doctor,
            starts_at=later + timedelta(minutes=minutes),
            minutes=10,
        )
    with django_assert_num_queries(2):
        assert len(obstacles(visit, offering, later, at=NOW)) == 3


def test_another_room_is_free_or_who_has_it_is_said(visit):
    other = RoomFactory(location=visit.location, name="Room 2")
    assert room_obstacles(visit, other, at=NOW) == []
    AppointmentFactory(room=other, starts_at=TEN + QUARTER)
    [found] = room_obstacles(visit, other, at=NOW)
    assert found.sentence == "Room 2 is taken then, 10:15 to 10:45."


def test_who_looked_at_an_older_visit_moves_nothing(visit, offering):
    seen = visit.sequence
    key = uuid.uuid4()
    move(visit, offering, TEN + QUARTER, seen=seen, idempotency_key=key)
    # The same form sent again is the same move.
    move(visit, offering, TEN + QUARTER, seen=seen, idempotency_key=key)
    with pytest.raises(ChangedMeanwhile):
        move(visit, offering, TEN + 4 * QUARTER, seen=seen)
    assert Move.objects.count() == 1
    assert Appointment.objects.get(pk=visit.pk).starts_at == TEN + QUARTER


def test_who_looked_at_an_older_visit_hands_nothing_over(visit, offering):
    other = DoctorFactory()
    WorkingHoursFactory(doctor=other, location=offering.location, weekday=0)
    theirs = OfferingFactory(
        doctor=other, visit_type=offering.visit_type, location=offering.location
    )
    given = {
        "actor": None,
        "appointment": visit,
        "offering": theirs,
        "reason": "Away",
        "at": NOW,
    }
    with pytest.raises(ChangedMeanwhile):
        hand_over(**given, seen=visit.sequence + 1, idempotency_key=uuid.uuid4())
    hand_over(**given, seen=visit.sequence, idempotency_key=uuid.uuid4())
    assert Appointment.objects.get(pk=visit.pk).doctor == other
