"""Rooms and equipment in the chaos: staff change them, and they break."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from booking.appointments import services
from booking.models import Appointment
from clinic.models import Capability, Equipment, Room
from clinic.resources.services import add_outage
from tests.factories.clinic import (
    CapabilityFactory,
    EquipmentFactory,
    OfferingFactory,
    needs,
)


def equip(clinic) -> None:
    """Let the first doctor offer a visit in any room with a couch, as the first one
    has, and with the one piece of equipment there is."""
    couch, scan = CapabilityFactory(), CapabilityFactory()
    first = clinic.offerings[0]
    first.room.capabilities.add(couch)
    EquipmentFactory(location=first.location, capabilities=[scan])
    for doctor in {one.doctor for one in clinic.offerings}:
        offering = OfferingFactory(
            doctor=doctor, location=first.location, visit_type__free=True
        )
        needs(offering.visit_type, room=[couch], equipment=[scan])
        clinic.offerings += [offering] * 3


def change_room(clinic, pick: random.Random, at: datetime) -> None:
    visit = clinic.any_visit(pick)
    services.give_room(
        actor=None,
        appointment=visit,
        room=pick.choice(list(Room.objects.order_by("pk"))),
        at=at,
        why=pick.choice(["", "It will do"]),
    )


def swap_rooms(clinic, pick: random.Random, at: datetime) -> None:
    one, two = clinic.any_visit(pick), clinic.any_visit(pick)
    services.swap_rooms(actor=None, appointment=one, other=two, at=at, why="Swap")


def give_fitting(clinic, pick: random.Random, at: datetime) -> None:
    services.give_fitting(actor=None, appointment=clinic.any_visit(pick), at=at)


def break_down(clinic, pick: random.Random, at: datetime) -> None:
    """A room or the piece is out of order for a while; what is booked stays."""
    starts_at = clinic.any_start(pick)
    every = [*Room.objects.order_by("pk"), *Equipment.objects.order_by("pk")]
    add_outage(
        actor=None,
        resource=pick.choice(every),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=10),
        reason="",
    )


ROOM_VERBS = [*[change_room] * 3, *[swap_rooms] * 2, *[give_fitting] * 3, break_down]


def served_twice(rows: Iterable[Appointment]) -> list[str]:
    """Two live visits with one piece at a time, or one without what it needs though
    nobody gave a reason. Computed here, not by the database."""
    live = list(rows)
    wrong = []
    for place, one in enumerate(live):
        for two in live[place + 1 :]:
            shared = set(one.equipment_ids) & set(two.equipment_ids)
            if (
                shared
                and one.busy_starts_at < two.busy_ends_at
                and two.busy_starts_at < one.busy_ends_at
            ):
                wrong.append(f"equipment {shared} in {one} and {two}")
        tools = Capability.objects.filter(
            pk__in=one.visit_type.equipment_needs.values("pk")
        )
        if len(one.equipment_ids) < tools.count() and not one.room_why:
            wrong.append(f"{one} has not what it needs")
    return wrong
