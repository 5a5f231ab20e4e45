"""Permission predicates: one question, one spelling.

A topic's `permissions.py` registers plain functions under Django's permission names;
everybody asks through `user.has_perm("booking.view_appointment", appointment)`.
What is registered here is decided here: being a superuser changes nothing.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied

Predicate = Callable[[Any, Any], bool]

_PREDICATES: dict[str, Predicate] = {}


def predicate(name: str) -> Callable[[Predicate], Predicate]:
    """Register `function(user, subject) -> bool` as the rule called `name`.

    Raises ValueError when the name is taken: a rule has one home.
    """

    def register(function: Predicate) -> Predicate:
        if name in _PREDICATES:
            raise ValueError(f"There is a rule {name} already.")
        _PREDICATES[name] = function
        return function

    return register


def predicate_for(name: str) -> Predicate | None:
    """The rule registered as `name`, or None."""
    return _PREDICATES.get(name)


def registered_permissions() -> frozenset[str]:
    """The names of all rules."""
    return frozenset(_PREDICATES)


def require(user: Any, name: str, subject: object = None) -> None:
    """Raise PermissionDenied unless `user` may do `name` to `subject`."""
    if not user.has_perm(name, subject):
        raise PermissionDenied
