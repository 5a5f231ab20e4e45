"""Who goes into which room today."""

from datetime import datetime
from typing import Any

from booking.appointments.models import LIVE, Appointment
from booking.appointments.services import (
    SlotTaken,
    day_topic,
    give_room,
    swap_rooms,
    takes_time,
)
from booking.queue.queries import state_of, turn_of
from booking.queue.services.calling import note_step
from booking.queue.services.refusals import RoomTaken
from clinic.resources.models import Room
from foundation.live import announce


@takes_time
def change_room(
    *,
    actor: Any,
    appointment: Appointment,
    room: Room,
    at: datetime,
    swaps: bool = False,
    why: str = "",
) -> None:
    """Take a visit to another room; with `swaps` whoever has it at that time gets the
    visit's own. The wall says the new one at once.

    `why` is for a room that does not fit one of them. Raises RoomUnfit without it, and
    RoomTaken where the room is not free and nothing is swapped, or the swap would be in
    somebody else's way.
    """
    if appointment.room_id == room.pk:
        return
    others = _in_the_way(appointment, room) if swaps else []
    before = appointment.room.name if appointment.room else ""
    try:
        if len(others) == 1:
            swap_rooms(
                actor=actor, appointment=appointment, other=others[0], at=at, why=why
            )
            _note(others[0], room.name, before, actor=actor, at=at)
        else:
            give_room(actor=actor, appointment=appointment, room=room, at=at, why=why)
    except SlotTaken as taken:
        raise RoomTaken from taken
    _note(appointment, before, room.name, actor=actor, at=at)


def _in_the_way(appointment: Appointment, room: Room) -> list[Appointment]:
    rows = Appointment.objects.filter(
        room=room,
        status__in=LIVE,
        busy_starts_at__lt=appointment.busy_ends_at,
        busy_ends_at__gt=appointment.busy_starts_at,
    )
    return list(rows.select_related("turn", "location", "room", "patient")[:2])


def _note(
    appointment: Appointment, before: str, after: str, *, actor: Any, at: datetime
) -> None:
    """In the turn's history, once there is one; the audit has it in any case."""
    turn = turn_of(appointment)
    if turn is None:
        announce(day_topic(appointment.location_id))
        return
    state = state_of(appointment, turn)
    note_step(
        appointment, turn, state, state, actor=actor, at=at, rooms=(before, after)
    )
