"""Rooms and equipment of a place, as far as the person looking works there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from booking.appointments.models import Appointment
from booking.appointments.permissions import visible_at_work
from booking.appointments.queries import misfits_at
from booking.occupancy.queries import Line
from clinic.locations.models import Location
from clinic.resources.models import Outage

# How many one page shows; the rest follow when these are settled.
A_PAGE = 40


@dataclass(frozen=True)
class Unfit:
    """A visit with what is against its room or equipment. With `is_accepted` staff put
    it there on purpose."""

    visit: Appointment
    reasons: list[str]
    is_accepted: bool
    may_change: bool


@dataclass(frozen=True)
class Unfits:
    """The visits to see to, those that stay on purpose, and how many more there are."""

    open: list[Unfit]
    accepted: list[Unfit]
    more: int


def unfits(user: Any, location: Location, *, at: datetime) -> Unfits:
    """The coming visits at the location whose room or equipment cannot serve them, in
    order of time. A fixed number of queries."""
    found = {one.stay.visit: one for one in misfits_at([location.pk], at=at)}
    rows = visible_at_work(user).filter(pk__in=found)
    open_ids = [pk for pk, one in found.items() if not one.is_accepted]
    # Those to see to come first where there are more than a page shows.
    shown = [*open_ids, *(pk for pk in found if pk not in set(open_ids))][:A_PAGE]
    visits = rows.filter(pk__in=shown).select_related(
        "patient", "visit_type", "location", "doctor", "room"
    )
    lines = [
        Unfit(
            visit=visit,
            reasons=found[visit.pk].reasons,
            is_accepted=found[visit.pk].is_accepted,
            may_change=user.has_perm("booking.move_appointment", visit),
        )
        for visit in visits.order_by("starts_at", "pk")
    ]
    return Unfits(
        open=[one for one in lines if not one.is_accepted],
        accepted=[one for one in lines if one.is_accepted],
        more=len(found) - len(lines),
    )


def outages_at(location: Location, *, at: datetime) -> QuerySet[Outage]:
    """What is, or will be, out of order at the location, soonest first."""
    rows = Outage.objects.filter(
        Q(room__location=location) | Q(equipment__location=location), ends_at__gt=at
    )
    return rows.select_related("room", "equipment").order_by("starts_at", "pk")


def as_sheet(lines: list[Line]) -> list[list[Any]]:
    """The use of each resource on each day, in minutes: rows of a file with a head."""
    head = ["Room or equipment", "Kind", "Day", "Open", "Booked", "Booked of open in %"]
    rows: list[list[Any]] = [[*head, "Booked beyond", "Out of order"]]
    for line in lines:
        kind = "Room" if line.is_room else "Equipment"
        for day, use in line.dated:
            share = "" if use.share is None else use.share
            rows.append(
                [
                    line.resource.name,
                    kind,
                    day.isoformat(),
                    use.open,
                    use.booked,
                    share,
                    use.beyond,
                    use.out,
                ]
            )
    return rows
