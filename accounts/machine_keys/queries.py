"""The keys of machines, as lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.applications.models import TokenScope
from accounts.machine_keys.models import MachineKey
from accounts.machine_keys.permissions import can_answer, visible_to
from accounts.users.models import Role, User
from accounts.users.permissions import has_role


@dataclass(frozen=True)
class Line:
    """One key in the administrators' list."""

    key: MachineKey
    state: str
    allowed: list[str]
    is_live: bool
    can_answer: bool


def key_lines(user: Any, *, at: datetime) -> Sequence[Line]:
    """The keys that `user` may see, newest first."""
    rows = (
        visible_to(user)
        .select_related("user", "asked_by", "answered_by", "authorisation")
        .order_by("-created_at")[:200]
    )
    return [
        Line(
            key=key,
            state=_state(key, at),
            allowed=allowed_words(key.scopes),
            is_live=key.is_open(at) or _works(key, at),
            can_answer=key.status == MachineKey.Status.WAITING
            and key.is_open(at)
            and can_answer(user, key),
        )
        for key in rows
    ]


def allowed_words(scopes: Sequence[str]) -> list[str]:
    """What scopes mean, in words."""
    return [str(TokenScope(scope).label) for scope in scopes]


def keys_to_take(user: User, *, at: datetime) -> QuerySet[MachineKey]:
    """The keys that two administrators agreed to and `user` has not taken."""
    return MachineKey.objects.filter(
        user=user, status=MachineKey.Status.CONFIRMED, expires_at__gt=at
    ).order_by("pk")


def person_with(email: str) -> User | None:
    """Whoever works here and signs in with this address, for whom a key is asked."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    works = user is not None and has_role(user, *(set(Role) - {Role.PATIENT}))
    return user if works else None


def _works(key: MachineKey, at: datetime) -> bool:
    held = key.authorisation
    return held is not None and not held.ended_because and at < held.expires_at


def _state(key: MachineKey, at: datetime) -> str:
    if key.status == MachineKey.Status.TAKEN:
        return "In use" if _works(key, at) else "Over"
    if key.status == MachineKey.Status.REFUSED:
        return "Refused"
    return str(key.get_status_display()) if key.is_open(at) else "Lapsed"
