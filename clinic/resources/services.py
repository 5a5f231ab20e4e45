"""Adding, renaming, closing and opening rooms."""

from django.db import IntegrityError, transaction

from accounts.users.models import User
from audit.services import record
from clinic.locations.models import Location
from clinic.resources.models import Room
from clinic.resources.queries import offered_in
from foundation.errors import Refused


class NameTaken(Refused):
    sentence = "There is a room of this name at this location already."


class StillOffered(Refused):
    sentence = "Doctors see patients in this room. Give them another one first."


@transaction.atomic
def save_room(
    *, actor: User | None, location: Location, room: Room | None, name: str
) -> Room:
    """Add a room to the location (`room` None) or give one another name. A room never
    moves to another location: visits are booked in it. Raises NameTaken."""
    added = room is None
    room = room or Room(location=location)
    room.name = name
    others = Room.objects.filter(location=room.location_id, name__iexact=name)
    if others.exclude(pk=room.pk).exists():
        raise NameTaken
    try:
        with transaction.atomic():
            room.save()
    except IntegrityError as error:
        raise NameTaken from error
    record(actor=actor, verb="room.added" if added else "room.renamed", subject=room)
    return room


@transaction.atomic
def close_room(*, actor: User, room: Room) -> None:
    """Nobody is given it any more.

    Refused while something is offered in it, because that would vanish from the times
    that patients see. Asks nothing about visits: booking's `close_unbooked_room` sees
    to those first. Raises StillOffered, with the doctors' names.
    """
    offered = offered_in(room)
    if offered:
        names = list(dict.fromkeys(one.doctor.full_name for one in offered))
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
