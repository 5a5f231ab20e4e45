"""Who asks for a machine's key, who agrees, and who gets it."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.machine_keys.models import MachineKey
from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.view_machine_key")
def can_view(user: Any, key: MachineKey) -> bool:
    """Administrators, and in whose name it acts. None of them sees the secret."""
    return has_role(user, Role.ADMIN) or (bool(user.pk) and key.user_id == user.pk)


def visible_to(user: Any) -> QuerySet[MachineKey]:
    """The keys that `user` may see; the list form of `can_view`."""
    if has_role(user, Role.ADMIN):
        return MachineKey.objects.all()
    return MachineKey.objects.filter(Q(user_id=user.pk))


@predicate("accounts.ask_machine_key")
def can_ask(user: Any, subject: object) -> bool:
    """Administrators, who also end them."""
    return has_role(user, Role.ADMIN)


@predicate("accounts.answer_machine_key")
def can_answer(user: Any, key: MachineKey | None) -> bool:
    """An administrator who neither asked for it nor gets it."""
    if key is not None and user.pk in (key.asked_by_id, key.user_id):
        return False
    return has_role(user, Role.ADMIN)


@predicate("accounts.take_machine_key")
def can_take(user: Any, key: MachineKey) -> bool:
    """The person in whose name it acts, and nobody for them."""
    return bool(user.pk) and key.user_id == user.pk
