"""Which rooms and equipment could a visit take? They are locked before the choice."""

from collections.abc import Iterable

from clinic.resources.models import Equipment, Room
from clinic.visit_types.models import Offering


def lockable(
    *offerings: Offering, room_ids: Iterable[int | None] = ()
) -> dict[str, list[int]]:
    """The rooms and equipment whose calendars a visit of one of `offerings` may need:
    what `lock_calendars` takes, with `room_ids` besides.

    The only room, where there is only one; else all of the location, as any of them may
    be the one that is free. Offerings come with their visit type. A query for rooms and
    one for equipment, where there is a choice of them.
    """
    rooms = {pk for pk in room_ids if pk is not None}
    rooms |= {one.room_id for one in offerings if one.room_id is not None}
    anywhere = {one.location_id for one in offerings if _takes_any_room(one)}
    if anywhere:
        found = Room.objects.filter(location__in=anywhere, is_active=True)
        rooms |= set(found.values_list("pk", flat=True))
    equipped = {one.location_id for one in offerings if one.visit_type.needs_equipment}
    pieces: set[int] = set()
    if equipped:
        active = Equipment.objects.filter(location__in=equipped, is_active=True)
        pieces = set(active.values_list("pk", flat=True))
    return {"room_ids": sorted(rooms), "equipment_ids": sorted(pieces)}


def _takes_any_room(offering: Offering) -> bool:
    if offering.room_id is None:
        return offering.visit_type.needs_room
    return not offering.only_this_room
