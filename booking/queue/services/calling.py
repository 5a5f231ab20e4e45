"""Calling somebody in."""

from datetime import datetime
from typing import Any

from audit.services import record
from booking.appointments.models import Appointment, Status
from booking.appointments.services import (
    MoveRefused,
    day_topic,
    locked,
    takes_time,
)
from booking.queue.models import State, Turn, TurnChange
from booking.queue.services.turns import give_turn
from foundation.events import publish
from foundation.live import announce


@takes_time
def call_in(
    *, actor: Any, appointment: Appointment, at: datetime, reason: str = ""
) -> Turn:
    """The doctor is ready: the number goes up on the wall, with the room.

    Calling somebody who has been called changes nothing, so that a second press calls
    nobody else. Publishes turn_called. Raises MoveRefused unless they wait.
    """
    fresh, turn = _waiting(appointment)
    # Who was checked in by an older program has no number yet.
    turn = turn or give_turn(fresh, via=Turn.Via.DESK, at=at)
    if turn.called_at is not None:
        return turn
    turn.called_at = at
    turn.save(update_fields=["called_at"])
    note_step(fresh, turn, State.WAITING, State.IN_ROOM, actor=actor, at=at)
    publish("booking.turn_called", turn_id=turn.pk)
    return turn


@takes_time
def uncall(*, actor: Any, appointment: Appointment, at: datetime) -> Turn:
    """Not yet: back to those who wait. Raises MoveRefused where nobody was called."""
    fresh, turn = _waiting(appointment)
    if turn is None or turn.called_at is None:
        raise MoveRefused
    turn.called_at = None
    turn.save(update_fields=["called_at"])
    note_step(fresh, turn, State.IN_ROOM, State.WAITING, actor=actor, at=at)
    return turn


def _waiting(appointment: Appointment) -> tuple[Appointment, Turn | None]:
    """The visit and its turn, both locked, while the patient is here and not yet with
    the doctor."""
    fresh = locked(appointment)
    turn = Turn.objects.select_for_update().filter(appointment=fresh).first()
    if fresh.status != Status.ARRIVED:
        raise MoveRefused("They are not waiting here. Check them in first.")
    return fresh, turn


def note_step(
    appointment: Appointment,
    turn: Turn,
    before: str,
    after: str,
    *,
    actor: Any,
    at: datetime,
    rooms: tuple[str, str] = ("", ""),
) -> None:
    """Write down one step, here and in the audit, and tell the screens."""
    TurnChange.objects.create(
        turn=turn,
        from_state=before,
        to_state=after,
        from_room=rooms[0],
        to_room=rooms[1],
        at=at,
        actor_id=getattr(actor, "pk", None),
    )
    record(
        actor=actor,
        verb="turn.moved" if any(rooms) else f"turn.{after.lower()}",
        subject=turn,
        patient=appointment.patient,
        detail={"from": before},
    )
    announce(day_topic(appointment.location_id))
