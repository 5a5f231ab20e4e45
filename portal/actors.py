"""In which role, for whom and why somebody deals with a patient, for the access log."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.emergency_access.queries import open_to
from accounts.models import Patient, User
from accounts.patients.permissions import scopes_of
from accounts.proxies.queries import viewing_of
from accounts.users.models import STAFF_ROLES, Role
from accounts.users.permissions import has_role, roles_of
from audit.entries.models import IN_EMERGENCY

# The role of who acts for a patient; no role that anybody holds.
PROXY = "PROXY"


class Roles:
    """In which role somebody deals with a patient: as a patient with their own record,
    as who acts for them, else as what they are here."""

    def __init__(self, actor: Callable[[], Any], behalf: "Behalf") -> None:
        self._actor = actor
        self._behalf = behalf
        self._own: int | None = None
        self._is_known = False

    def __call__(self, patient_id: int | None) -> str:
        user = self._actor()
        if user is None:
            return ""
        if self._behalf(patient_id) is not None:
            return PROXY
        held = {role for role, _ in roles_of(user)}
        at_work = sorted(held - {Role.PATIENT})
        if not at_work:
            return ",".join(sorted(held))
        is_both = Role.PATIENT in held and patient_id is not None
        if is_both and patient_id == self._own_id(user):
            return Role.PATIENT.value
        return ",".join(at_work)

    def _own_id(self, user: User) -> int | None:
        if not self._is_known:
            keys = Patient.objects.filter(user=user).values_list("pk", flat=True)
            self._own, self._is_known = keys.first(), True
        return self._own


class Behalf:
    """For whom somebody acts who deals with a patient's things.

    Who chose to act for them, or opened a page of theirs; and, whatever the page says,
    everybody who does not work here and whose record it is not, because nothing else
    lets them in. One query a request at most, none where it is plain.
    """

    def __init__(self, request: HttpRequest, actor: Callable[[], Any]) -> None:
        self._request = request
        self._actor = actor
        self._acted_for: set[int] | None = None
        self.own: set[int] = set()

    def __call__(self, patient_id: int | None) -> int | None:
        user = self._actor()
        if user is None or patient_id is None or patient_id in self.own:
            return None
        viewing = viewing_of(self._request)
        if viewing is not None and viewing.patient_id == patient_id:
            return patient_id
        if has_role(user, *STAFF_ROLES):
            return None
        if self._acted_for is None:
            self._acted_for = set(scopes_of(user))
        return patient_id if patient_id in self._acted_for else None


class Purposes:
    """Why somebody who works here deals with a patient, where it is not their work: a
    record that is open to them in an emergency."""

    def __init__(self, actor: Callable[[], Any]) -> None:
        self._actor = actor

    def __call__(self, patient_id: int | None) -> str:
        user = self._actor()
        if patient_id is None or not has_role(user, *STAFF_ROLES):
            return ""
        opened = open_to(user, at=timezone.now())
        return IN_EMERGENCY if patient_id in {one.patient_id for one in opened} else ""
