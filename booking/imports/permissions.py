"""Who looks after the calendars outside whose busy times a doctor's calendar knows."""

from typing import Any

from django.db.models import QuerySet

from accounts.patients.permissions import TREATING_ROLES
from accounts.users.permissions import has_role
from booking.appointments.permissions import DESK_ROLES
from booking.disruptions.permissions import doctors_of
from booking.imports.models import ImportedCalendar
from clinic.doctors.models import Doctor
from foundation.permissions import predicate


@predicate("booking.view_imports")
def can_view_imports(user: Any, subject: object) -> bool:
    """The page; of whom, `booking.manage_imports` says."""
    return has_role(user, *DESK_ROLES, *TREATING_ROLES)


@predicate("booking.manage_imports")
def can_manage(user: Any, doctor: Doctor) -> bool:
    """Doctors and nurses their own; the desk those of whoever sees people at its
    places. Nobody sees an address again, or what stands in a calendar."""
    return doctors_of(user).filter(pk=doctor.pk).exists()


def visible_to(user: Any) -> QuerySet[ImportedCalendar]:
    """The calendars that `user` looks after: the list form of `can_manage`."""
    return ImportedCalendar.objects.filter(doctor__in=doctors_of(user))
