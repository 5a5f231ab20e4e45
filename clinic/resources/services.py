"""Rooms, equipment and what they offer: adding, changing, closing and opening; and when
they are out of order. What is booked stays: booking's misfits say what no longer fits.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from accounts.users.models import User
from audit.services import record
from clinic.locations.models import Location
from clinic.locations.services import OpenSpan, set_week
from clinic.resources.models import (
    Capability,
    Equipment,
    Outage,
    ResourceHours,
    Room,
)
from clinic.resources.queries import offered_in, uses
from foundation.errors import Refused

R = TypeVar("R", Room, Equipment)


class NameTaken(Refused):
    sentence = "There is a room of this name at this location already."


class StillOffered(Refused):
    sentence = "Doctors see patients in this room. Give them another one first."


class RoomElsewhere(Refused):
    sentence = "This room is at another location. Choose one of this location."


class StillUsed(Refused):
    """A capability that something has or needs."""

    sentence = "It is in use."


class EndsBeforeStart(Refused):
    sentence = "The end must be after the start."


@transaction.atomic
def save_room(
    *,
    actor: User | None,
    location: Location,
    room: Room | None,
    name: str,
    capabilities: Collection[Capability] = (),
    hours: Sequence[OpenSpan] = (),
) -> Room:
    """Add a room to the location (`room` None), or say anew what one is called and
    offers and when it can be had. Without `hours` it can be had whenever a doctor sees
    patients there. A room never moves to another location: visits are booked in it.
    Raises NameTaken, HoursWrong."""
    added = room is None
    room = room or Room(location=location)
    room.name = name
    _save(room, capabilities, hours)
    record(actor=actor, verb="room.added" if added else "room.changed", subject=room)
    return room


@transaction.atomic
def save_equipment(
    *,
    actor: User | None,
    location: Location,
    equipment: Equipment | None,
    room: Room | None,
    name: str,
    capabilities: Collection[Capability] = (),
    hours: Sequence[OpenSpan] = (),
) -> Equipment:
    """The same of a piece of equipment, fixed in `room` or (None) moved about. Raises
    NameTaken, HoursWrong, RoomElsewhere."""
    added = equipment is None
    equipment = equipment or Equipment(location=location)
    if room is not None and room.location_id != equipment.location_id:
        raise RoomElsewhere
    equipment.name, equipment.room = name, room
    _save(equipment, capabilities, hours)
    verb = "equipment.added" if added else "equipment.changed"
    record(actor=actor, verb=verb, subject=equipment)
    return equipment


def _save(
    resource: R, capabilities: Collection[Capability], hours: Sequence[OpenSpan]
) -> None:
    kind = type(resource)
    taken = NameTaken(
        None
        if kind is Room
        else "There is equipment of this name at this location already."
    )
    others = kind.objects.filter(
        location=resource.location_id, name__iexact=resource.name
    )
    if others.exclude(pk=resource.pk).exists():
        raise taken
    try:
        with transaction.atomic():
            resource.save()
    except IntegrityError as error:
        raise taken from error
    resource.capabilities.set(capabilities)
    set_week(ResourceHours, hours, **_owner(resource))


def _owner(resource: Room | Equipment) -> dict[str, Any]:
    """The column of rows that are of a room or of a piece of equipment."""
    return {"room" if isinstance(resource, Room) else "equipment": resource}


@transaction.atomic
def close_room(*, actor: User, room: Room) -> None:
    """Nobody is given it any more.

    Refused while something is offered in it alone, because that would vanish from the
    times that patients see. Asks nothing about visits: booking's `close_unbooked_room`
    sees to those first. Raises StillOffered, with the doctors' names.
    """
    bound = offered_in(room).filter(only_this_room=True)
    if bound:
        names = list(dict.fromkeys(one.doctor.full_name for one in bound))
        raise StillOffered(
            f"{', '.join(names)} see patients in {room.name}. Give them another room "
            "under Visit types and prices first."
        )
    room.is_active = False
    room.save(update_fields=["is_active"])
    record(actor=actor, verb="room.closed", subject=room)


@transaction.atomic
def reopen_room(*, actor: User, room: Room) -> None:
    """It can be given to doctors again."""
    room.is_active = True
    room.save(update_fields=["is_active"])
    record(actor=actor, verb="room.reopened", subject=room)


@transaction.atomic
def set_equipment_active(*, actor: User, equipment: Equipment, is_active: bool) -> None:
    """Take a piece out of use for good, or into use again."""
    equipment.is_active = is_active
    equipment.save(update_fields=["is_active"])
    verb = "equipment.reopened" if is_active else "equipment.closed"
    record(actor=actor, verb=verb, subject=equipment)


@transaction.atomic
def save_capability(*, actor: User, name: str) -> Capability:
    """Add one to the clinic's list. Raises NameTaken."""
    if Capability.objects.filter(name__iexact=name).exists():
        raise NameTaken("This is on the list already.")
    made = Capability.objects.create(name=name)
    record(actor=actor, verb="capability.added", subject=made)
    return made


@transaction.atomic
def remove_capability(*, actor: User, capability: Capability) -> None:
    """Take one off the list. Raises StillUsed, with by what."""
    used = uses([capability])[capability.pk]
    if used:
        raise StillUsed(f"{capability.name} stays: {', '.join(used)} name it.")
    record(actor=actor, verb="capability.removed", subject=capability)
    capability.delete()


@transaction.atomic
def add_outage(
    *,
    actor: User | None,
    resource: Room | Equipment,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> Outage:
    """A room or a piece of equipment is out of order between two instants: no new visit
    gets it, what is booked stays. Raises EndsBeforeStart."""
    if ends_at <= starts_at:
        raise EndsBeforeStart
    made = Outage.objects.create(
        **_owner(resource),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_by=actor,
    )
    record(actor=actor, verb="outage.added", subject=made)
    return made


@transaction.atomic
def remove_outage(*, actor: User | None, outage: Outage) -> None:
    """It is in order again, or was never out of it."""
    record(actor=actor, verb="outage.removed", subject=outage)
    outage.delete()
