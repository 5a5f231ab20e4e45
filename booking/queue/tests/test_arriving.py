"""Checking in, taking back, and what the history keeps of it."""

from datetime import timedelta

import pytest

from booking.appointments import services as appointments
from booking.appointments.models import Status
from booking.conftest import NOW
from booking.models import StatusChange, Turn, TurnChange
from booking.queue import services
from booking.queue.models import QueueRules, State
from booking.queue.queries import state_of, turn_of
from tests.factories.accounts import PatientFactory
from tests.factories.clinic import VisitTypeFactory

MINUTE = timedelta(minutes=1)


def state(visit):
    visit.refresh_from_db()
    turn = Turn.objects.filter(appointment=visit).first()
    return state_of(visit, turn)


def step(verb, visit, actor, minutes=0, **more):
    return verb(actor=actor, appointment=visit, at=NOW + minutes * MINUTE, **more)


def test_a_visit_goes_through_the_day_and_each_change_is_one_row(visit, desk, dr_lee):
    assert state(visit) == State.EXPECTED
    step(services.check_in, visit, desk)
    assert state(visit) == State.WAITING
    step(services.call_in, visit, dr_lee, 5)
    assert state(visit) == State.IN_ROOM
    step(appointments.start_consultation, visit, dr_lee, 6)
    assert state(visit) == State.WITH_DOCTOR
    step(appointments.complete_visit, visit, dr_lee, 20)
    assert state(visit) == State.DONE
    rows = StatusChange.objects.values_list("from_status", "to_status", "actor", "at")
    steps = TurnChange.objects.values_list("from_state", "to_state", "actor", "at")
    assert sorted([*rows, *steps], key=lambda row: row[3]) == [
        ("CONFIRMED", "ARRIVED", desk.pk, NOW),
        ("WAITING", "IN_ROOM", dr_lee.pk, NOW + 5 * MINUTE),
        ("ARRIVED", "IN_CONSULTATION", dr_lee.pk, NOW + 6 * MINUTE),
        ("IN_CONSULTATION", "COMPLETED", dr_lee.pk, NOW + 20 * MINUTE),
    ]


def test_each_step_is_taken_back_one_by_one(visit, desk):
    step(services.check_in, visit, desk)
    step(services.call_in, visit, desk, 1)
    step(appointments.start_consultation, visit, desk, 2)
    for number, before in enumerate((State.IN_ROOM, State.WAITING, State.EXPECTED)):
        step(services.take_back, visit, desk, 3 + number)
        assert state(visit) == before
    with pytest.raises(appointments.MoveRefused):
        step(services.take_back, visit, desk, 9)


def test_whoever_is_checked_in_again_keeps_their_number(visit, desk):
    first = step(services.check_in, visit, desk)
    assert step(services.check_in, visit, desk, 1) == first
    step(services.take_back, visit, desk, 2)
    again = step(services.check_in, visit, desk, 3)
    assert (again.pk, again.number) == (first.pk, first.number)
    assert again.checked_in_at == NOW + 3 * MINUTE


def test_done_is_taken_back_within_its_minutes_without_a_reason(visit, desk):
    step(services.check_in, visit, desk)
    step(services.call_in, visit, desk)
    step(appointments.complete_visit, visit, desk, 10)
    with pytest.raises(appointments.MoveRefused, match="more than 15 minutes ago"):
        step(services.take_done_back, visit, desk, 25)
    assert state(visit) == State.DONE
    step(services.take_done_back, visit, desk, 24)
    # Not in the room: nobody who was sent away is called by the wall.
    assert state(visit) == State.WAITING
    last = StatusChange.objects.order_by("-pk").first()
    assert (last.from_status, last.to_status) == ("COMPLETED", "ARRIVED")
    assert (last.actor, last.reason) == (desk, "Pressed by mistake")


def test_later_on_the_day_done_is_taken_back_with_a_reason(visit, desk):
    step(services.check_in, visit, desk)
    step(appointments.complete_visit, visit, desk, 10)
    step(services.reopen, visit, desk, 60, reason="The next one was meant")
    assert state(visit) == State.WAITING


def test_the_minutes_are_the_clinics(visit, desk, medical_admin):
    services.set_rules(
        actor=medical_admin,
        opens_minutes=60,
        missed_minutes=30,
        back_minutes=5,
        marks_missed=True,
    )
    assert QueueRules.objects.get().back_minutes == 5
    step(services.check_in, visit, desk)
    step(appointments.complete_visit, visit, desk, 10)
    with pytest.raises(appointments.MoveRefused, match="more than 5 minutes ago"):
        step(services.take_done_back, visit, desk, 15)


@pytest.mark.parametrize(
    ("minutes", "works"),
    [(-61, False), (-60, True), (0, True), (29, True), (30, False)],
)
def test_patients_check_in_near_the_time_only(visit, ann, minutes, works):
    if works:
        turn = step(services.check_in, visit, ann, minutes, via=Turn.Via.LINK)
        assert turn.via == Turn.Via.LINK
        return
    with pytest.raises(services.NotNow):
        step(services.check_in, visit, ann, minutes, via=Turn.Via.LINK)
    assert not Turn.objects.exists()
    assert state(visit) == State.EXPECTED


def test_nobody_checks_in_to_a_visit_by_video(make_visit, ann):
    online = make_visit(visit_type=VisitTypeFactory(mode="VIDEO"))
    with pytest.raises(services.NotNow):
        step(services.check_in, online, ann, via=Turn.Via.PORTAL)


def test_what_was_missed_is_checked_in_at_the_desk_only(visit, ann, desk):
    step(appointments.mark_missed, visit, desk, 10)
    with pytest.raises(services.NotNow):
        step(services.check_in, visit, ann, 11, via=Turn.Via.LINK)
    step(services.check_in, visit, desk, 12)
    assert state(visit) == State.WAITING


def test_an_address_is_kept_where_there_is_none(make_visit, ann, desk):
    visit = make_visit()
    step(services.check_in, visit, ann, via=Turn.Via.LINK, address="1 Mill Lane")
    ann.patient.refresh_from_db()
    assert ann.patient.address == "1 Mill Lane"
    other = make_visit(30)
    step(services.check_in, other, ann, via=Turn.Via.LINK, address="Elsewhere")
    ann.patient.refresh_from_db()
    assert ann.patient.address == "1 Mill Lane"


def test_numbers_are_alone_in_their_place_on_their_day(make_visit, desk, monkeypatch):
    same = iter(["K", "K", "M"])
    monkeypatch.setattr(services.turns.secrets, "choice", lambda _: next(same))
    monkeypatch.setattr(services.turns.secrets, "randbelow", lambda _: 37)
    first = step(services.check_in, make_visit(), desk)
    second = step(services.check_in, make_visit(30, patient=PatientFactory()), desk)
    assert (first.number, second.number) == ("K47", "M47")


def test_a_turn_is_there_without_asking_twice(visit, desk, django_assert_num_queries):
    step(services.check_in, visit, desk)
    found = type(visit).objects.select_related("turn").get(pk=visit.pk)
    with django_assert_num_queries(0):
        assert turn_of(found).appointment_id == visit.pk
    assert Status(found.status) == Status.ARRIVED
