"""Where somebody is on the day of their visit, and what can be done about it."""

from datetime import datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist

from booking.appointments.models import Appointment, Status
from booking.queue.models import State, Turn
from booking.queue.queries.ruling import Rules
from clinic.visit_types.models import VisitType

MINUTE = timedelta(minutes=1)
_OF_STATUS = {
    Status.CONFIRMED: State.EXPECTED,
    Status.ARRIVED: State.WAITING,
    Status.IN_CONSULTATION: State.WITH_DOCTOR,
    Status.COMPLETED: State.DONE,
    Status.MISSED: State.MISSED,
}


def turn_of(appointment: Appointment) -> Turn | None:
    """The visit's turn, once somebody checked in. No query where it was selected with
    the visit."""
    try:
        turn: Turn = appointment.turn
    except ObjectDoesNotExist:
        return None
    return turn


def state_of(appointment: Appointment, turn: Turn | None) -> State:
    """Where the patient is. OFF where the visit is not (or no longer) booked."""
    state = _OF_STATUS.get(Status(appointment.status), State.OFF)
    is_called = turn is not None and turn.called_at is not None
    return State.IN_ROOM if state == State.WAITING and is_called else state


def opens_at(appointment: Appointment, rule: Rules) -> datetime:
    """From when on patients check in by themselves."""
    return appointment.starts_at - rule.opens_minutes * MINUTE


def can_check_in(appointment: Appointment, rule: Rules, *, at: datetime) -> bool:
    """Whether the patient can say by themselves that they are here: a booked visit in
    person, from an hour or so before its start until its end."""
    return (
        appointment.status == Status.CONFIRMED
        and appointment.visit_type.mode == VisitType.Mode.IN_PERSON
        and opens_at(appointment, rule) <= at < appointment.ends_at
    )


def in_order(checked_in_at: datetime, starts_at: datetime) -> datetime:
    """By what those who wait are ordered: the time they are booked for, or when they
    came where that was later. So who is on time never waits for who is late."""
    return max(checked_in_at, starts_at)


def can_take_back(appointment: Appointment, rule: Rules, *, at: datetime) -> bool:
    """Whether "Done" was pressed a moment ago, so that it can be taken back without
    more ado. One query for what is done."""
    if appointment.status != Status.COMPLETED:
        return False
    done = appointment.status_changes.filter(to_status=Status.COMPLETED)
    last = done.order_by("-at", "-pk").first()
    return last is not None and at < last.at + rule.back_minutes * MINUTE
