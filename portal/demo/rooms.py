"""What rooms and equipment offer, what visit types need of them, and what is broken."""

from datetime import timedelta

from booking.appointments.models import Status
from clinic.models import Capability, Equipment, Outage, Room
from portal.demo.world import World

# What tells some rooms apart, by what they are called.
_OFFERED = {
    "Treatment couch": ("Nurses' room", "Procedure room", "Skin surgery room"),
    "Minor surgery": ("Procedure room", "Skin surgery room"),
    "Step-free": ("Room 1", "Room 2", "Nurses' room"),
}
# What has it fixed in which room, by what it offers.
_PIECES = (
    ("Blood pressure monitor", "Blood pressure monitor", "Nurses' room"),
    ("ECG machine", "ECG", "Heart and lung tests"),
    ("Ultrasound machine", "Ultrasound", ""),
)
# Visit type: what its room must offer, and its equipment.
_NEEDS = {
    "minor-skin-surgery": (("Minor surgery",), ()),
    "nurse-blood-pressure-check": ((), ("Blood pressure monitor",)),
}


def load_rooms(world: World) -> None:
    """After the offerings: each has its room, and goes on having it."""
    names = [*_OFFERED, *(offers for _, offers, _ in _PIECES)]
    known = {name: Capability.objects.create(name=name) for name in names}
    for name, rooms in _OFFERED.items():
        known[name].rooms.set(Room.objects.filter(name__in=rooms))
    _load_equipment(world, known)
    for slug, (room, equipment) in _NEEDS.items():
        kind = world.visit_types[slug]
        kind.needs_room, kind.needs_equipment = True, bool(equipment)
        kind.save()
        kind.room_needs.set(known[name] for name in room)
        kind.equipment_needs.set(known[name] for name in equipment)
    for offering in world.offerings:
        if offering.visit_type.slug == "minor-skin-surgery":
            # Theirs first, and another with what it takes where theirs is taken.
            offering.only_this_room = False
            offering.save(update_fields=["only_this_room"])


def _load_equipment(world: World, known: dict[str, Capability]) -> None:
    first = next(iter(world.locations.values()))
    for name, offers, where in _PIECES:
        room = Room.objects.filter(name=where).first()
        location = room.location if room else first
        piece = Equipment.objects.create(location=location, room=room, name=name)
        piece.capabilities.add(known[offers])
        world.equipment[offers] = piece.pk


def break_room(world: World) -> None:
    """A room's floor is done while somebody is booked there, so that a visit wants
    another room. After the visits."""
    booked = [
        visit
        for visit in world.visits
        if visit.room is not None
        and visit.room.name.startswith("Room ")
        and visit.status == Status.CONFIRMED
        and visit.starts_at > world.at + timedelta(days=1)
    ]
    if not booked:
        return
    first = min(booked, key=lambda visit: (visit.starts_at, visit.reference))
    Outage.objects.create(
        room=first.room,
        starts_at=first.starts_at,
        ends_at=first.ends_at,
        reason="New floor",
    )


def equipment_for(world: World, slug: str) -> list[int]:
    """What a visit of this type has. Each piece is fixed in the one room of its visits,
    so it is free whenever that is."""
    _, equipment = _NEEDS.get(slug, ((), ()))
    return [world.equipment[name] for name in equipment]
