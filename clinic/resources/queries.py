"""Which rooms are there, and who sees patients in them?"""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from clinic.locations.models import Location
from clinic.resources.models import Room
from clinic.visit_types.models import Offering


def rooms_of(location: Location) -> QuerySet[Any]:
    """Every room of the location with `offered`, how many things are offered in it:
    open ones first, by name."""
    offered = Offering.objects.filter(room=OuterRef("pk"), is_active=True)
    count = offered.order_by().values("room").annotate(n=Count("pk")).values("n")
    rows = location.rooms.annotate(offered=Coalesce(Subquery(count), 0))
    return rows.order_by("-is_active", "name", "pk")


def offered_in(room: Room) -> QuerySet[Offering]:
    """What doctors offer in the room now, by doctor; with doctor and visit type."""
    rows = Offering.objects.filter(room=room, is_active=True)
    return rows.select_related("doctor", "visit_type").order_by(
        "doctor__last_name", "doctor__first_name", "visit_type__name", "pk"
    )
