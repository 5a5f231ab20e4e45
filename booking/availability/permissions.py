"""Who may change when a doctor can be booked."""

from typing import Any

from accounts.users.models import Role
from accounts.users.permissions import has_role
from clinic.doctors.models import Doctor
from foundation.permissions import predicate


@predicate("booking.have_calendar")
def can_have_calendar(user: Any, subject: object) -> bool:
    """Nurses are booked by name too."""
    return has_role(user, Role.DOCTOR, Role.NURSE)


@predicate("booking.manage_hours")
def can_manage_hours(user: Any, subject: object) -> bool:
    """Who has hours to look after at all; whose is `booking.manage_availability`."""
    return has_role(user, Role.DOCTOR, Role.NURSE, Role.MEDICAL_ADMIN, Role.ADMIN)


@predicate("booking.manage_availability")
def can_manage(user: Any, doctor: Doctor) -> bool:
    """Doctors and nurses their own, administration everybody's: a clinic begins with
    an administrator alone. Whose visits the hours no longer cover is another rule."""
    if has_role(user, Role.DOCTOR, Role.NURSE) and doctor.user_id == user.pk:
        return True
    return has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN)
