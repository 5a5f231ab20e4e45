"""Who may see who works where, and who plans it."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.users.models import STAFF_ROLES, Role, RoleAssignment
from accounts.users.permissions import has_role, places_of
from clinic.locations.models import Location
from clinic.rota.models import Shift
from foundation.permissions import predicate

# Who is planned: doctors have working hours, editors no place.
PLANNED_ROLES = STAFF_ROLES - {Role.DOCTOR}
# Who plans: those who also give roles. It gives none itself.
PLANNERS = (Role.ADMIN, Role.MEDICAL_ADMIN)
# Whose shifts mean that somebody is at the desk.
DESK = frozenset({Role.RECEPTIONIST, Role.MEDICAL_ADMIN})


@predicate("clinic.view_rota")
def can_view_rota(user: Any, subject: object) -> bool:
    """Everybody who works here sees who is in where they work."""
    return has_role(user, *STAFF_ROLES)


@predicate("clinic.view_shift")
def can_view_shift(user: Any, shift: Shift) -> bool:
    """One's own, and everybody's where one works."""
    return shift.user_id == user.pk or has_role(
        user, *STAFF_ROLES, place_id=shift.location.place_id
    )


def visible_to(user: Any) -> QuerySet[Shift]:
    """The shifts that `user` may see: the list form of `can_view_shift`."""
    places = places_of(user, *STAFF_ROLES)
    if places is None:
        return Shift.objects.all()
    return Shift.objects.filter(Q(user_id=user.pk) | Q(location__place__in=places))


@predicate("clinic.plan_rota")
def can_plan(user: Any, subject: Location | Shift | None) -> bool:
    """Administration; asked about a location or a shift, at its own places."""
    location = subject.location if isinstance(subject, Shift) else subject
    place_id = location.place_id if location is not None else None
    return has_role(user, *PLANNERS, place_id=place_id)


def locations_seen_by(user: Any) -> QuerySet[Location]:
    """The open locations whose rota `user` may see, by name."""
    return _open(places_of(user, *STAFF_ROLES))


def locations_planned_by(user: Any) -> QuerySet[Location]:
    """The open locations whose rota `user` plans: the list form of `can_plan`."""
    return _open(places_of(user, *PLANNERS))


def _open(places: set[int] | None) -> QuerySet[Location]:
    rows = Location.objects.filter(is_active=True).order_by("name")
    return rows if places is None else rows.filter(place__in=places)


def people_planned_by(user: Any) -> QuerySet[User]:
    """Those whom `user` plans: who can sign in and has a role, other than as a doctor,
    at one of the places that `user` plans or everywhere."""
    if not has_role(user, *PLANNERS):
        return User.objects.none()
    held = RoleAssignment.objects.filter(role__in=PLANNED_ROLES)
    places = places_of(user, *PLANNERS)
    if places is not None:
        held = held.filter(Q(place=None) | Q(place__in=places))
    people = User.objects.filter(is_active=True, pk__in=held.values("user_id"))
    return people.order_by("last_name", "first_name", "pk")
