"""Who says what times suit somebody: they, and who books for them."""

from typing import Any

from accounts.patients.models import Patient
from accounts.patients.permissions import acts_on, scopes_of
from accounts.proxies.models import Scope
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("booking.set_wishes")
def can_set_any(user: Any, subject: object) -> bool:
    """Patients, and who acts for somebody; for whom, `change_wishes`."""
    return has_role(user, Role.PATIENT) or bool(scopes_of(user))


@predicate("booking.change_wishes")
def can_change(user: Any, patient: Patient) -> bool:
    """The patient, and who books for them."""
    return acts_on(user, patient, Scope.BOOK)
