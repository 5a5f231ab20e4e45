"""Who may see and keep the day's queue."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role, places_of
from booking.appointments.permissions import DESK_ROLES
from booking.appointments.permissions import can_view as can_view_appointment
from booking.appointments.permissions import visible_to as visible_appointments
from booking.queue.models import Screen, Turn
from clinic.locations.models import Location
from foundation.permissions import predicate


@predicate("booking.view_turn")
def can_view(user: Any, turn: Turn) -> bool:
    """Whoever sees the visit."""
    return can_view_appointment(user, turn.appointment)


def visible_to(user: Any) -> QuerySet[Turn]:
    """The turns that `user` may see; the list form of `can_view`."""
    return Turn.objects.filter(appointment__in=visible_appointments(user))


@predicate("booking.manage_screens")
def can_manage_screens(user: Any, subject: object) -> bool:
    """Displays and posters: the desk; asked about a display, at its own places."""
    place_id = subject.location.place_id if isinstance(subject, Screen) else None
    return has_role(user, *DESK_ROLES, place_id=place_id)


def visible_screens(user: Any) -> QuerySet[Screen]:
    """The displays that `user` may see and end; the list form of
    `can_manage_screens`."""
    if not has_role(user, *DESK_ROLES):
        return Screen.objects.none()
    places = places_of(user, *DESK_ROLES)
    rows = Screen.objects.all()
    return rows if places is None else rows.filter(location__place__in=places)


@predicate("booking.set_queue_rules")
def can_set_rules(user: Any, subject: object) -> bool:
    """How early one checks in, and when a visit counts as missed; asked about a
    location, at one's own places."""
    place_id = subject.place_id if isinstance(subject, Location) else None
    return has_role(user, Role.MEDICAL_ADMIN, place_id=place_id)
