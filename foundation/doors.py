"""Doors: every view says who may come in, how, and what it is about.

    @doors.permitted("billing.view_ledger", "payments", "list")
    def payments(request): ...

A decorator only declares; the roof opens the doors (portal.doors) and refuses every
view that has none. A door asks about the person alone. Which objects they may reach is
the view's business, through its topic's `visible_to` and `has_perm`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

READ = ("GET", "HEAD")
POST = ("POST",)
FORM = (*READ, *POST)
ANY = (*FORM, "PUT", "PATCH", "DELETE", "OPTIONS")


class Who(Enum):
    EVERYBODY = "everybody"
    SIGNED_IN = "signed in"
    PERMITTED = "permitted"
    PROGRAM = "program"


@dataclass(frozen=True)
class Door:
    """Who may come in, with which methods, to do what with what.

    `permission` is the rule that is asked, without a subject, where `who` is
    PERMITTED; `scope` is what a token must have where it is PROGRAM. `resource` and
    `action` are the words of docs/permissions.md.
    """

    who: Who
    resource: str
    action: str
    methods: tuple[str, ...] = READ
    permission: str = ""
    scope: str = ""

    def __call__(self, view: View) -> View:
        """Declare this door on a view. Raises ValueError where there is one."""
        if getattr(view, "door", None) is not None:
            raise ValueError(f"{view} has a door already.")
        view.door = self  # type: ignore[attr-defined]
        return view


def everybody(resource: str, action: str, methods: tuple[str, ...] = READ) -> Door:
    """Open to visitors too. A signed link or a browser's own draft is the view's."""
    return Door(Who.EVERYBODY, resource, action, methods)


def signed_in(resource: str, action: str, methods: tuple[str, ...] = READ) -> Door:
    """Open to whoever is signed in; the view shows them what is theirs."""
    return Door(Who.SIGNED_IN, resource, action, methods)


def permitted(
    permission: str, resource: str, action: str, methods: tuple[str, ...] = READ
) -> Door:
    """Open to whom the rule `permission` lets in when it is asked without a subject."""
    return Door(Who.PERMITTED, resource, action, methods, permission)


def by_token(*, scope: str, resource: str, action: str) -> Door:
    """Open to a program that brings an access token with `scope`, never to a cookie.
    The token's user sees what is theirs to see."""
    return Door(Who.PROGRAM, resource, action, READ, scope=scope)
