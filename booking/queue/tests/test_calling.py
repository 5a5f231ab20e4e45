"""Calling somebody in: once, with the room, and they are told."""

from datetime import timedelta

import pytest

from booking.appointments import services as appointments
from booking.conftest import NOW
from booking.models import TurnChange
from booking.queue import services
from booking.queue.queries import calls_at
from notifications.models import Delivery, Preference
from tests.factories.accounts import PatientFactory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def here(visit, desk):
    return services.check_in(actor=desk, appointment=visit, at=NOW)


def call(visit, actor, at=NOW):
    return services.call_in(actor=actor, appointment=visit, at=at)


def test_the_wall_shows_number_and_room_and_no_name(here, visit, dr_lee, practice):
    assert calls_at(practice.location, at=NOW) == []
    call(visit, dr_lee)
    assert calls_at(practice.location, at=NOW) == [(here.number, "Room 1", NOW)]


def test_the_wall_lets_go_of_who_went_in_and_of_yesterday(
    here, visit, dr_lee, practice
):
    call(visit, dr_lee)
    assert calls_at(practice.location, at=NOW + timedelta(days=1)) == []
    appointments.start_consultation(actor=dr_lee, appointment=visit, at=NOW)
    assert calls_at(practice.location, at=NOW) == []


def test_the_last_call_stands_first(here, visit, make_visit, desk, practice):
    other = make_visit(30, patient=PatientFactory())
    turn = services.check_in(actor=desk, appointment=other, at=NOW)
    call(visit, desk)
    call(other, desk, NOW + MINUTE)
    shown = [one.number for one in calls_at(practice.location, at=NOW)]
    assert shown == [turn.number, here.number]


def test_a_second_press_calls_nobody_and_leaves_no_row(here, visit, desk):
    assert call(visit, desk).called_at == NOW
    assert call(visit, desk, NOW + MINUTE).called_at == NOW
    assert TurnChange.objects.count() == 1


def test_who_was_checked_in_by_an_older_program_gets_a_number(visit, desk):
    appointments.mark_arrived(actor=desk, appointment=visit, at=NOW)
    turn = call(visit, desk)
    assert (turn.number != "", turn.called_at) == (True, NOW)


def test_only_who_waits_is_called(visit, desk):
    with pytest.raises(appointments.MoveRefused):
        call(visit, desk)
    services.check_in(actor=desk, appointment=visit, at=NOW)
    appointments.start_consultation(actor=desk, appointment=visit, at=NOW)
    with pytest.raises(appointments.MoveRefused):
        call(visit, desk)


def test_the_patient_is_told_by_text_without_a_word_on_health(here, visit, desk, ann):
    ann.patient.phone = "+447700900123"
    ann.patient.save()
    call(visit, desk)
    services.tell_called(turn_id=here.pk, at=NOW)
    services.tell_called(turn_id=here.pk, at=NOW)
    text = Delivery.objects.get(event="turn_called", channel="SMS")
    assert f"number {here.number}, come in now: Room 1." in text.body_text
    assert visit.visit_type.name not in text.body_text
    assert visit.doctor.last_name not in text.body_text


def test_whoever_wants_no_texts_gets_none(here, visit, desk, ann):
    ann.patient.phone = "+447700900123"
    ann.patient.save()
    Preference.objects.create(patient=ann.patient, channel="SMS", is_enabled=False)
    call(visit, desk)
    services.tell_called(turn_id=here.pk, at=NOW)
    sent = Delivery.objects.filter(event="turn_called").exclude(status="SUPPRESSED")
    assert [one.channel for one in sent] == ["IN_APP"]


def test_nobody_is_told_late_or_after_it_was_taken_back(here, visit, desk):
    call(visit, desk)
    services.tell_called(turn_id=here.pk, at=NOW + 10 * MINUTE)
    services.take_back(actor=desk, appointment=visit, at=NOW)
    services.tell_called(turn_id=here.pk, at=NOW)
    assert not Delivery.objects.filter(event="turn_called").exists()
