"""Who may read a patient's record."""

from typing import Any

from accounts.patients.models import Patient
from accounts.patients.permissions import treats
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("records.view_record")
def can_view(user: Any, patient: Patient) -> bool:
    """The patient, who treats them, medical administration. Not the desk."""
    if patient.user_id is not None and patient.user_id == user.pk:
        return True
    return has_role(user, Role.MEDICAL_ADMIN) or treats(user, patient)
