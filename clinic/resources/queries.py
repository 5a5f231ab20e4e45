"""Which rooms and equipment are there, and who needs them?"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.locations.models import Location
from clinic.resources.models import Capability, Equipment, Room
from clinic.visit_types.models import Offering, VisitType


def rooms_of(location: Location) -> QuerySet[Any]:
    """Every room of the location with `offered`, how many things are offered in it:
    open ones first, by name."""
    offered = Offering.objects.filter(room=OuterRef("pk"), is_active=True)
    count = offered.order_by().values("room").annotate(n=Count("pk")).values("n")
    rows = location.rooms.annotate(offered=Coalesce(Subquery(count), 0))
    return rows.prefetch_related("capabilities").order_by("-is_active", "name", "pk")


def equipment_of(location: Location) -> QuerySet[Equipment]:
    """Every piece of equipment of the location, in use first, by name."""
    rows = location.equipment.select_related("room").prefetch_related("capabilities")
    return rows.order_by("-is_active", "name", "pk")


def equipment_with(keys: Iterable[int]) -> QuerySet[Equipment]:
    """These pieces of equipment, by name; no query where there are none."""
    wanted = list(keys)
    if not wanted:
        return Equipment.objects.none()
    return Equipment.objects.filter(pk__in=wanted).order_by("name", "pk")


def offered_in(room: Room) -> QuerySet[Offering]:
    """What doctors offer in the room now, in it alone or if it is free, by doctor; with
    doctor and visit type."""
    rows = Offering.objects.filter(room=room, is_active=True)
    return rows.select_related("doctor", "visit_type").order_by(
        "doctor__last_name", "doctor__first_name", "visit_type__name", "pk"
    )


# What has or needs a capability, and by which of its fields.
_USERS: tuple[tuple[type[Model], str], ...] = (
    (Room, "capabilities"),
    (Equipment, "capabilities"),
    (VisitType, "room_needs"),
    (VisitType, "equipment_needs"),
)


def uses(capabilities: Iterable[Capability]) -> dict[int, list[str]]:
    """What has or needs each of the capabilities, by name. Four queries."""
    found: dict[int, set[str]] = {one.pk: set() for one in capabilities}
    for users, field in _USERS:
        rows = users._default_manager.filter(**{f"{field}__in": list(found)})
        for user in rows.annotate(used=F(field)):
            found[user.used].add(user.name)
    return {key: sorted(names) for key, names in found.items()}
