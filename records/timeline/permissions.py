"""Who may read a patient's record."""

from typing import Any

from accounts.patients.models import Patient
from accounts.patients.permissions import acts_on, treats
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("records.view_record")
def can_view(user: Any, patient: Patient) -> bool:
    """The patient, who acts for them, who treats them, medical administration. Not the
    desk."""
    return (
        has_role(user, Role.MEDICAL_ADMIN)
        or acts_on(user, patient, Scope.RECORDS)
        or treats(user, patient)
    )
