"""Another room, or other equipment, for a visit while its time stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from booking.appointments.models import LIVE, Appointment
from booking.appointments.queries import (
    Fit,
    entry_into,
    fit_of,
    fits_at,
)
from booking.appointments.services.refusals import (
    MoveRefused,
    NothingFits,
    RoomUnfit,
)
from booking.appointments.services.state import change, locked
from booking.appointments.services.taking import takes_time
from booking.availability.services import lock_calendars
from clinic.resources.models import Equipment, Room


@takes_time
def give_room(
    *, actor: Any, appointment: Appointment, room: Room, at: datetime, why: str = ""
) -> Appointment:
    """Take the visit to another room of its location, with the equipment that it needs.

    A room with anything against it (`queries.entry_into`) is given with a reason only;
    `why` stays with the visit, and what equipment it had and cannot have there is given
    back. Locks both rooms' and the equipment's calendars. Raises RoomUnfit, SlotTaken
    where the room is not free then, MoveRefused for what is over or elsewhere.
    """
    _lock(appointment, appointment.room_id, room.pk)
    appointment = _live(appointment, room)
    had = appointment.equipment_ids
    _put(appointment, room, actor=actor, at=at, why=why, had=had)
    return appointment


@takes_time
def swap_rooms(
    *,
    actor: Any,
    appointment: Appointment,
    other: Appointment,
    at: datetime,
    why: str = "",
) -> tuple[Appointment, Appointment]:
    """Give two visits of a location each the other's room, both or neither. `why` is
    for either that does not fit. Raises what `give_room` does, and MoveRefused where
    one of them has none."""
    if appointment.pk == other.pk or not appointment.room_id or not other.room_id:
        raise MoveRefused("Both visits need a room to swap.")
    _lock(appointment, appointment.room_id, other.room_id)
    # Always in one order, so that two who swap at once do not wait for each other.
    rows = {
        row.pk: locked(row) for row in sorted([appointment, other], key=lambda r: r.pk)
    }
    one, two = rows[appointment.pk], rows[other.pk]
    first, second = one.room, two.room
    if first is None or second is None:
        raise MoveRefused("Both visits need a room to swap.")
    one, two = _live(one, second), _live(two, first)
    # The constraint looks at each statement: both have none for a moment between.
    had = {row.pk: row.equipment_ids for row in (one, two)}
    for row in (one, two):
        change(row, actor=actor, at=at, verb="room_left", room=None, equipment_ids=[])
    _put(one, second, actor=actor, at=at, why=why, had=had[one.pk])
    _put(two, first, actor=actor, at=at, why=why, had=had[two.pk])
    return one, two


@takes_time
def give_fitting(*, actor: Any, appointment: Appointment, at: datetime) -> Appointment:
    """Give a visit a room and equipment that fit, at its own time (`queries.fit_of`),
    both or neither.

    Locks every room and piece of its location. Raises NothingFits where nothing is free
    then, MoveRefused for what is over.
    """
    rooms = Room.objects.filter(location=appointment.location_id, is_active=True)
    _lock(appointment, *rooms.values_list("pk", flat=True))
    visit = locked(appointment)
    if visit.status not in LIVE:
        raise MoveRefused
    fits = fits_at(
        [visit.location_id],
        starts_at=visit.busy_starts_at,
        ends_at=visit.busy_ends_at,
        at=at,
    )
    fit = fit_of(visit, fits)
    if fit is None:
        raise NothingFits
    if fit != Fit(visit.room_id, tuple(visit.equipment_ids)):
        change(
            visit,
            actor=actor,
            at=at,
            verb="room_changed",
            room_id=fit.room_id,
            equipment_ids=list(fit.equipment_ids),
            room_why="",
        )
    return visit


def _lock(appointment: Appointment, *room_ids: int | None) -> None:
    pieces = Equipment.objects.filter(location=appointment.location_id, is_active=True)
    lock_calendars(
        room_ids=[pk for pk in room_ids if pk is not None],
        equipment_ids=pieces.values_list("pk", flat=True),
    )


def _live(appointment: Appointment, room: Room) -> Appointment:
    appointment = locked(appointment)
    is_here = room.location_id == appointment.location_id and room.is_active
    if appointment.status not in LIVE or not is_here:
        raise MoveRefused
    return appointment


def _put(
    visit: Appointment,
    room: Room,
    *,
    actor: Any,
    at: datetime,
    why: str,
    had: Sequence[int],
) -> None:
    """Into the room, whoever has it: that, the constraint says. Of the equipment that
    the visit `had` the movable goes along, where not all that it needs can."""
    fits, fit, reasons = entry_into(room, visit, at=at)
    if reasons and not why.strip():
        raise RoomUnfit(" ".join(reasons))
    kept = [pk for pk in had if fits.resources.equipment[pk].room in (None, room.pk)]
    change(
        visit,
        actor=actor,
        at=at,
        verb="room_changed",
        room=room,
        equipment_ids=list(fit.equipment_ids) if fit else kept,
        room_why=why.strip()[:300] if reasons else "",
    )
