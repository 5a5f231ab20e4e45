"""Another room for a visit, while its time stays."""

from datetime import datetime
from typing import Any

from booking.appointments.models import LIVE, Appointment
from booking.appointments.services.refusals import MoveRefused
from booking.appointments.services.state import change, locked
from booking.appointments.services.taking import takes_time
from booking.availability.services import lock_calendars
from clinic.resources.models import Room


@takes_time
def give_room(
    *, actor: Any, appointment: Appointment, room: Room, at: datetime
) -> Appointment:
    """Take the visit to another room of its location. Locks both rooms' calendars.
    Raises SlotTaken where the room is not free then, MoveRefused for what is over or
    elsewhere."""
    _lock(appointment.room_id, room.pk)
    appointment = _live(appointment, room)
    change(appointment, actor=actor, at=at, verb="room_changed", room=room)
    return appointment


@takes_time
def swap_rooms(
    *, actor: Any, appointment: Appointment, other: Appointment, at: datetime
) -> tuple[Appointment, Appointment]:
    """Give two visits of a location each the other's room, both or neither. Raises what
    `give_room` does, and MoveRefused where one of them has none."""
    if appointment.pk == other.pk or not appointment.room_id or not other.room_id:
        raise MoveRefused("Both visits need a room to swap.")
    _lock(appointment.room_id, other.room_id)
    # Always in one order, so that two who swap at once do not wait for each other.
    rows = {
        row.pk: locked(row) for row in sorted([appointment, other], key=lambda r: r.pk)
    }
    one, two = rows[appointment.pk], rows[other.pk]
    first, second = one.room, two.room
    if first is None or second is None:
        raise MoveRefused("Both visits need a room to swap.")
    one, two = _live(one, second), _live(two, first)
    # The constraint looks at each statement: the room is free for a moment between.
    change(two, actor=actor, at=at, verb="room_left", room=None)
    change(one, actor=actor, at=at, verb="room_changed", room=second)
    change(two, actor=actor, at=at, verb="room_changed", room=first)
    return one, two


def _lock(*room_ids: int | None) -> None:
    lock_calendars(room_ids=[pk for pk in room_ids if pk is not None])


def _live(appointment: Appointment, room: Room) -> Appointment:
    appointment = locked(appointment)
    is_here = room.location_id == appointment.location_id and room.is_active
    if appointment.status not in LIVE or not is_here:
        raise MoveRefused
    return appointment
