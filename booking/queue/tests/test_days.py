"""Walk-ins, rooms, displays, and who never came."""

import uuid
from datetime import timedelta

import pytest

from audit.models import Entry
from booking.appointments import services as appointments
from booking.appointments.models import Appointment, Status
from booking.conftest import NOW
from booking.models import Screen, StatusChange, TurnChange
from booking.queue import services
from booking.queue.queries import calls_at, screen_of
from tests.factories.accounts import PatientFactory
from tests.factories.booking import AppointmentFactory
from tests.factories.clinic import RoomFactory, VisitTypeFactory

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def walk_in(offering, actor, *, starts_at=NOW, key=None, **more):
    return services.take_walk_in(
        actor=actor,
        patient=more.pop("patient", None) or PatientFactory(),
        offering=offering,
        starts_at=starts_at,
        reason="Sore throat",
        at=NOW,
        idempotency_key=key or uuid.uuid4(),
    )


# --- Walk-ins -------------------------------------------------------------------


def test_a_walk_in_is_booked_here_and_has_a_number(offering, desk):
    turn = walk_in(offering, desk)
    visit = turn.appointment
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == (Status.ARRIVED, NOW)
    assert (turn.is_walk_in, turn.via) == (True, "DESK")
    assert (visit.booked_by, visit.booked_via) == (desk, "DESK")


def test_the_same_form_sent_twice_takes_in_once(offering, desk):
    key, patient = uuid.uuid4(), PatientFactory()
    first = walk_in(offering, desk, key=key, patient=patient)
    assert walk_in(offering, desk, key=key, patient=patient) == first
    assert Appointment.objects.count() == 1


def test_what_is_paid_when_booked_is_paid_at_the_clinic(practice, calloway, desk):
    offering = practice.offer(calloway, kind=practice.kind(slug="before"))
    turn = walk_in(offering, desk)
    visit = Appointment.objects.get(pk=turn.appointment_id)
    assert (visit.payment_policy, visit.status) == ("AT_CLINIC", "ARRIVED")


def test_a_walk_in_takes_nobodys_time(offering, make_visit, desk):
    make_visit()
    with pytest.raises(appointments.SlotTaken) as taken:
        walk_in(offering, desk)
    assert taken.value.nearest[0].starts_at == NOW + 30 * MINUTE
    assert not StatusChange.objects.filter(to_status="ARRIVED").exists()


def test_a_walk_in_is_for_today_in_person_and_not_for_what_is_approved(
    offering, practice, calloway, desk
):
    with pytest.raises(services.NobodyFree):
        walk_in(offering, desk, starts_at=NOW + DAY)
    online = practice.offer(
        calloway, kind=VisitTypeFactory(mode="VIDEO", payment_policy="AT_CLINIC")
    )
    with pytest.raises(services.NobodyFree):
        walk_in(online, desk)
    asked = practice.offer(calloway, kind=VisitTypeFactory(on_request=True))
    with pytest.raises(appointments.MoveRefused, match="Ask them first"):
        walk_in(asked, desk)
    assert not Appointment.objects.exists()


# --- Rooms ----------------------------------------------------------------------


@pytest.fixture
def two_rooms(practice, offering, visit, room):
    """Ann in Room 1, somebody else at the same time in Room 2."""
    second = RoomFactory(location=practice.location, name="Room 2")
    other = practice.offer(practice.doctor("Roy"), kind=offering.visit_type)
    theirs = AppointmentFactory(
        offering=other, patient=PatientFactory(), starts_at=NOW, room=second
    )
    return visit, theirs, room, second


def change(visit, room, actor, **more):
    services.change_room(actor=actor, appointment=visit, room=room, at=NOW, **more)


def rooms(*visits):
    return [Appointment.objects.get(pk=one.pk).room_id for one in visits]


def test_two_visits_swap_their_rooms(two_rooms, desk):
    ours, theirs, first, second = two_rooms
    with pytest.raises(services.RoomTaken):
        change(ours, second, desk)
    assert rooms(ours, theirs) == [first.pk, second.pk]
    change(ours, second, desk, swaps=True)
    assert rooms(ours, theirs) == [second.pk, first.pk]


def test_a_swap_in_somebody_elses_way_changes_nothing(two_rooms, make_visit, desk):
    ours, theirs, first, second = two_rooms
    # Longer than Ann's: it would reach into who is in Room 1 next.
    Appointment.objects.filter(pk=theirs.pk).update(
        ends_at=NOW + 45 * MINUTE, busy_ends_at=NOW + 45 * MINUTE
    )
    third = make_visit(30, patient=PatientFactory())
    with pytest.raises(services.RoomTaken):
        change(ours, second, desk, swaps=True)
    assert rooms(ours, theirs, third) == [first.pk, second.pk, first.pk]


def test_the_wall_and_the_history_have_the_new_room(visit, practice, desk):
    free = RoomFactory(location=practice.location, name="Room 3")
    services.check_in(actor=desk, appointment=visit, at=NOW)
    services.call_in(actor=desk, appointment=visit, at=NOW)
    visit.refresh_from_db()
    change(visit, free, desk)
    (shown,) = calls_at(practice.location, at=NOW)
    assert shown.room == "Room 3"
    last = TurnChange.objects.order_by("-pk").first()
    assert (last.from_room, last.to_room, last.actor) == ("Room 1", "Room 3", desk)


def test_no_visit_goes_to_a_room_elsewhere(visit, desk, room):
    with pytest.raises(appointments.MoveRefused):
        change(visit, RoomFactory(), desk)
    assert rooms(visit) == [room.pk]


# --- Displays -------------------------------------------------------------------


def test_a_display_is_kept_as_a_hash_and_ends_at_once(practice, desk):
    screen, key = services.make_screen(
        actor=desk, location=practice.location, name="Hall", at=NOW
    )
    assert len(key) >= 43
    assert key not in str(Screen.objects.values_list("key_hash", "name"))
    assert screen_of(key) == screen
    assert screen_of(screen.key_hash) is None
    services.end_screen(actor=desk, screen=screen, at=NOW)
    assert screen_of(key) is None
    services.end_screen(actor=desk, screen=screen, at=NOW + DAY)
    assert Screen.objects.get().ended_at == NOW
    assert list(
        Entry.objects.filter(verb__startswith="screen.").values_list("verb", flat=True)
    ) == ["screen.made", "screen.ended"]


# --- Missed ---------------------------------------------------------------------


@pytest.fixture
def statuses(make_visit):
    def found():
        return list(
            Appointment.objects.order_by("starts_at").values_list("status", flat=True)
        )

    return found


def test_what_nobody_checked_in_to_is_missed_after_its_time(visit, statuses):
    assert services.mark_overdue(at=NOW + 29 * MINUTE) == 0
    assert services.mark_overdue(at=NOW + 30 * MINUTE) == 1
    assert services.mark_overdue(at=NOW + 31 * MINUTE) == 0
    assert statuses() == ["MISSED"]
    change = StatusChange.objects.get()
    assert (change.actor, change.reason) == (
        None,
        "Nobody checked in within 30 minutes",
    )


def test_nobody_who_is_here_or_comes_by_video_is_missed(
    visit, make_visit, desk, statuses
):
    services.check_in(actor=desk, appointment=visit, at=NOW)
    make_visit(60, patient=PatientFactory(), visit_type=VisitTypeFactory(mode="VIDEO"))
    assert services.mark_overdue(at=NOW + 5 * 60 * MINUTE) == 0
    assert statuses() == ["ARRIVED", "CONFIRMED"]


def test_a_clinic_can_leave_it_to_its_staff(visit, medical_admin, statuses):
    services.set_rules(
        actor=medical_admin,
        opens_minutes=60,
        missed_minutes=30,
        back_minutes=15,
        marks_missed=False,
    )
    assert services.mark_overdue(at=NOW + 60 * MINUTE) == 0
    assert statuses() == ["CONFIRMED"]


def test_what_lies_days_back_is_left_alone(visit, statuses):
    assert services.mark_overdue(at=NOW + DAY + MINUTE) == 0
    assert statuses() == ["CONFIRMED"]
