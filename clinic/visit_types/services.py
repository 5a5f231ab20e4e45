"""Changing what is offered. Nothing of it touches what is booked already: an
appointment keeps the price and the rules it was booked under."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from accounts.users.models import User
from audit.services import record
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from clinic.resources.models import Capability, Room
from clinic.resources.services import RoomElsewhere
from clinic.visit_types.models import Offering, VisitType
from clinic.visit_types.queries import lacking
from foundation.errors import Refused
from foundation.formats import join_words
from foundation.slugs import free_slug


class RoomLacks(Refused):
    sentence = "This room does not offer what the visit needs."


@transaction.atomic
def save_visit_type(
    *,
    actor: User,
    visit_type: VisitType | None,
    specialties: Any,
    room_needs: Collection[Capability] = (),
    equipment_needs: Collection[Capability] = (),
    **fields: Any,
) -> VisitType:
    """Add a visit type (`visit_type` None) or change one. What visits booked so far
    lack of the needs stands among booking's misfits."""
    added = visit_type is None
    if visit_type is None:
        rows = VisitType.objects.all()
        visit_type = VisitType(slug=free_slug(rows, fields["name"], "visit"))
    for name, value in fields.items():
        setattr(visit_type, name, value)
    visit_type.needs_equipment = bool(equipment_needs)
    visit_type.save()
    visit_type.room_needs.set(room_needs)
    visit_type.equipment_needs.set(equipment_needs)
    visit_type.specialties.set(specialties)
    record(
        actor=actor,
        verb="visit_type.added" if added else "visit_type.changed",
        subject=visit_type,
    )
    return visit_type


@transaction.atomic
def offer(
    *,
    actor: User,
    visit_type: VisitType,
    doctor: Doctor,
    location: Location,
    room: Room | None,
    price: Any,
    most_a_day: int | None = None,
    only_this_room: bool = True,
) -> Offering:
    """Let a doctor offer a visit type at a location; offering it again changes room,
    price and how many they see on one day (None: as many as fit). Without
    `only_this_room` another room will do where this one is taken; without a room any
    suitable one, where the visit type needs one. What is booked already stays. Raises
    RoomElsewhere, RoomLacks."""
    if room is not None and room.location_id != location.pk:
        raise RoomElsewhere
    lacks = lacking(visit_type, room)
    if lacks and room is not None:
        raise RoomLacks(
            f"{room.name} has no {join_words(lacks)}, which this visit needs."
        )
    offering, _ = Offering.objects.update_or_create(
        visit_type=visit_type,
        doctor=doctor,
        location=location,
        defaults={
            "room": room,
            "price": price,
            "most_a_day": most_a_day,
            "only_this_room": only_this_room,
            "is_active": True,
        },
    )
    record(actor=actor, verb="offering.set", subject=offering)
    return offering


@transaction.atomic
def stop_offering(*, actor: User, offering: Offering) -> None:
    """No new bookings of it; what is booked stays."""
    offering.is_active = False
    offering.save(update_fields=["is_active"])
    record(actor=actor, verb="offering.stopped", subject=offering)
