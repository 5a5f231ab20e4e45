"""Who may help somebody who has lost every second factor."""

from typing import Any

from django.db.models import QuerySet

from accounts.factors.permissions import must_have_factor
from accounts.recovery.models import Reset
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate

DESK = (Role.RECEPTIONIST, Role.MEDICAL_ADMIN)


@predicate("accounts.reset_staff_factors")
def can_reset_staff(user: Any, person: Any) -> bool:
    """Administrators, for others who work here."""
    if not has_role(user, Role.ADMIN):
        return False
    return person is None or (person != user and must_have_factor(person))


@predicate("accounts.reset_patient_factors")
def can_reset_patient(user: Any, person: Any) -> bool:
    """The desk, for patients who stand before it. Never for who works here."""
    if not has_role(user, *DESK):
        return False
    return person is None or (person != user and not must_have_factor(person))


@predicate("accounts.approve_reset")
def can_approve(user: Any, reset: Reset | None) -> bool:
    """A second administrator: neither who started it nor whom it is for."""
    return (
        reset is not None
        and reset.needs_approval
        and has_role(user, Role.ADMIN)
        and user.pk not in (reset.started_by_id, reset.user_id)
    )


def needs_second(person: Any) -> bool:
    """Whether two administrators have to say that `person` begins anew."""
    return has_role(person, Role.ADMIN) or person.is_superuser


def is_still_due(reset: Reset) -> bool:
    """Whether it could be started today. Who asked as a patient and works here by now
    asks an administrator, and who is an administrator by now needs two of them."""
    person = reset.user
    if not person.is_active:
        return False
    if reset.ground != Reset.Ground.STAFF and must_have_factor(person):
        return False
    return reset.needs_approval or not needs_second(person)


def visible_to(user: Any) -> QuerySet[Reset]:
    """The open resets that `user` may see: administrators all, others their own."""
    if has_role(user, Role.ADMIN):
        return Reset.objects.filter(used_at=None, cancelled_at=None)
    return Reset.objects.filter(user_id=user.pk, used_at=None, cancelled_at=None)
