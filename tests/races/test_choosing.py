"""Visitors press on a time: the draft, the look and the lock are one statement."""

import uuid

import pytest

from booking.drafts.services import TimeRefused, choose_time, choosing
from booking.models import Appointment, Draft
from tests.factories.booking import open_offering
from tests.factories.clinic import RoomFactory
from tests.races.conftest import at_once, dawdle_before_writing
from tests.races.test_booking import NOW, TEN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CROWD = 8


@pytest.fixture(params=["doctor", "room"])
def offerings(request, transactional_db):
    """What everybody wants: one doctor's, or several doctors' in the same room."""
    if request.param == "doctor":
        return [open_offering()] * CROWD
    room = RoomFactory()
    made = [open_offering(room=room, location=room.location) for _ in range(CROWD)]
    for one in made:
        one.only_this_room = True
        one.save()
    return made


@pytest.fixture
def dawdling(monkeypatch):
    """Everybody waits between looking and writing."""
    dawdle_before_writing(monkeypatch, 0.2)


@pytest.fixture
def without_this_lock(monkeypatch):
    without = choosing._ASKED.replace("pg_advisory_xact_lock", "abs")
    assert without != choosing._ASKED
    monkeypatch.setattr(choosing, "_ASKED", without)


def draft_for(offering):
    answers = {"service": offering.visit_type.slug}
    return Draft.objects.create(token=uuid.uuid4(), answers=answers)


def press(draft, offering):
    return choose_time(
        actor=None,
        token=draft.token,
        offering_id=offering.public_id,
        starts_at=TEN,
        at=NOW,
    )


def press_all(offerings):
    drafts = [(draft_for(one), one) for one in offerings]
    return at_once(lambda pair=pair: press(*pair) for pair in drafts)


def test_one_gets_it_by_the_lock_alone(
    offerings, without_constraints, dawdling, no_deadlocks
):
    outcomes = press_all(offerings)
    errors = [type(one.error) for one in outcomes if one.error is not None]
    assert errors == [TimeRefused] * (CROWD - 1)
    held = Appointment.objects.get()
    assert Draft.objects.get(appointment=held).starts_at == TEN


def test_control_without_the_lock_several_get_it(
    offerings, without_constraints, without_this_lock, dawdling
):
    press_all(offerings)
    assert Appointment.objects.count() > 1


def test_control_the_constraint_alone_is_enough(
    offerings, without_this_lock, dawdling, no_deadlocks
):
    press_all(offerings)
    assert Appointment.objects.count() == 1


def test_a_double_click_is_one_choice(transactional_db, dawdling, no_deadlocks):
    offering = open_offering()
    draft = draft_for(offering)
    outcomes = at_once(lambda: press(draft, offering) for _ in range(4))
    assert [one.error for one in outcomes] == [None] * 4
    held = Appointment.objects.get()
    assert {one.value.appointment.pk for one in outcomes} == {held.pk}
    draft.refresh_from_db()
    assert draft.appointment_id == held.pk
