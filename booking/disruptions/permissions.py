"""Who may say that a doctor's day does not go as booked."""

from typing import Any

from django.db.models import QuerySet

from accounts.patients.permissions import TREATING_ROLES
from accounts.users.permissions import has_role, places_of
from booking.appointments.permissions import DESK_ROLES, at_work_of
from booking.disruptions.models import Disruption
from clinic.doctors.models import Doctor
from clinic.locations.models import Location
from foundation.permissions import predicate


@predicate("booking.view_disruptions")
def can_view_disruptions(user: Any, subject: object) -> bool:
    """The page; whose day, `booking.disrupt_day` says."""
    return has_role(user, *DESK_ROLES, *TREATING_ROLES)


@predicate("booking.disrupt_day")
def can_disrupt(user: Any, doctor: Doctor) -> bool:
    """Doctors their own day; the desk that of whoever sees people at its places, as it
    is the desk that is called in the morning."""
    return doctors_of(user).filter(pk=doctor.pk).exists()


@predicate("booking.end_disruption")
def can_end(user: Any, disruption: Disruption) -> bool:
    """Take back what was said of a day: whoever could have said all of it."""
    return ended_by(user).filter(pk=disruption.pk).exists()


def ended_by(user: Any) -> QuerySet[Disruption]:
    """What `user` may take back: the list form of `can_end`."""
    return at_work_of(user, Disruption.objects.filter(doctor__in=doctors_of(user)))


def places_limiting(user: Any, doctor: Doctor) -> QuerySet[Location] | None:
    """Where alone `user` may say this doctor away or late; None: everywhere, as doctors
    may themselves, and who works at every desk."""
    places = places_of(user, *DESK_ROLES)
    is_own = doctor.user_id == user.pk and has_role(user, *TREATING_ROLES)
    if places is None or is_own:
        return None
    return Location.objects.filter(is_active=True, place__in=places).order_by("name")


def doctors_of(user: Any) -> QuerySet[Doctor]:
    """Those whose day `user` may disrupt: the list form of `can_disrupt`."""
    if not user.is_authenticated or not user.is_active:
        return Doctor.objects.none()
    places = places_of(user, *DESK_ROLES)
    if places is None:
        return Doctor.objects.all()
    found = Doctor.objects.none()
    if has_role(user, *TREATING_ROLES):
        found = Doctor.objects.filter(user=user)
    if not places:
        return found
    here = Doctor.objects.filter(
        offerings__is_active=True, offerings__location__place__in=places
    )
    return Doctor.objects.filter(pk__in=found.values("pk")) | Doctor.objects.filter(
        pk__in=here.values("pk")
    )
