"""Who may ask for an erasure, decide about it, and carry it out: three people."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role, roles_of
from foundation.permissions import predicate
from portal.erasures.models import Erasure


@predicate("portal.ask_erasure")
def can_ask(user: Any, subject: object) -> bool:
    """Patients, for themselves. Whoever works here too leaves first."""
    return {role for role, _ in roles_of(user)} == {Role.PATIENT}


@predicate("portal.work_on_erasures")
def can_work_on(user: Any, subject: object) -> bool:
    """The list: medical administration, and administrators, who see no names in it."""
    return has_role(user, Role.MEDICAL_ADMIN, Role.ADMIN)


@predicate("portal.view_erasure")
def can_view(user: Any, erasure: Erasure) -> bool:
    """Whose wish it is, medical administration, administrators."""
    return bool(user.is_active and erasure.user_id == user.pk) or can_work_on(
        user, None
    )


def visible_to(user: Any) -> QuerySet[Erasure]:
    """The erasures that `user` may see; the list form of `can_view`."""
    if not user.is_authenticated or not user.is_active:
        return Erasure.objects.none()
    if can_work_on(user, None):
        return Erasure.objects.all()
    return Erasure.objects.filter(user=user)


@predicate("portal.decide_erasure")
def can_decide(user: Any, erasure: Erasure) -> bool:
    """Medical administration knows what must be kept; nobody decides about oneself."""
    return has_role(user, Role.MEDICAL_ADMIN) and erasure.user_id != user.pk


@predicate("portal.release_erasure")
def can_release(user: Any, erasure: Erasure) -> bool:
    """An administrator who has not decided it, so that it takes two."""
    return has_role(user, Role.ADMIN) and user.pk not in {
        erasure.user_id,
        erasure.decided_by_id,
    }


@predicate("portal.open_kept_record")
def can_open_kept(user: Any, erasure: Erasure) -> bool:
    """Medical administration, with a reason, of others."""
    return has_role(user, Role.MEDICAL_ADMIN) and erasure.user_id != user.pk
