"""Who acts, from where and why, for the length of one request.

The roof opens a scene around each request; whoever writes the access log reads it. Jobs
and commands have none: they act in the clinic's own name.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


def _nobody() -> Any:
    return None


def _no_session() -> str:
    return ""


def _nobody_else(patient_id: int | None) -> int | None:
    return None


def _no_role(patient_id: int | None) -> str:
    return ""


@dataclass
class Scene:
    """One request as the access log sees it.

    `actor`, `role_for`, `purpose_for` and `for_whom` are asked late: the person may
    sign in meanwhile. The last three take a patient's id and tell in which role the
    actor deals with them, for what out of the usual, a code such as EMERGENCY, and
    whether the actor acts for them: their id, or None. `purpose` is for the whole
    request; it may be set while the request runs. `session_ref`, asked late too, stands
    for the session from signing in to signing out; it opens nothing.
    """

    actor: Callable[[], Any] = _nobody
    role_for: Callable[[int | None], str] = _no_role
    purpose_for: Callable[[int | None], str] = _no_role
    for_whom: Callable[[int | None], int | None] = _nobody_else
    purpose: str = ""
    address: str | None = None
    agent: str = ""
    request_id: str = ""
    session_ref: Callable[[], str] = _no_session
    view: str = ""
    is_safe: bool = True
    depth: int = field(default_factory=lambda: len(connection.atomic_blocks))
    # What was loaded, and what a service recorded by itself (label, key).
    loaded: list[Any] = field(default_factory=list)
    recorded: set[tuple[str, Any]] = field(default_factory=set)
    # Patients of whom something is recorded already.
    known_patients: set[int] = field(default_factory=set)
    # Set by a view that knows better than its answer looks, e.g. PRINT.
    action: str = ""
    # Answers that rules ask for again and again, with the (monotonic) time of each.
    answers: dict[Any, tuple[float, Any]] = field(default_factory=dict)

    def is_watching(self) -> bool:
        """Whether what is loaded now is for the answer.

        In a request that writes, whatever is loaded inside a transaction is a
        service's: it locks and compares rows of others, and records by itself what it
        did.
        """
        return self.is_safe or len(connection.atomic_blocks) <= self.depth


_SCENE: ContextVar[Scene | None] = ContextVar("scene", default=None)


def current_scene() -> Scene | None:
    """The scene of the request that runs, None in jobs and commands."""
    return _SCENE.get()


def remembered(key: Any, ask: Callable[[], Any], *, seconds: float) -> Any:
    """What `ask` answers, asked once in this request and again when the answer is older
    than `seconds`: what another request changes meanwhile is noticed. Without a scene
    it is always asked."""
    scene = _SCENE.get()
    if scene is None:
        return ask()
    known = scene.answers.get(key)
    if known is None or time.monotonic() - known[0] >= seconds:
        known = (time.monotonic(), ask())
        scene.answers[key] = known
    return known[1]


def forget_answers() -> None:
    """Have everything asked anew: this request has changed what the answers rest on."""
    scene = _SCENE.get()
    if scene is not None:
        scene.answers.clear()


@contextmanager
def acting(scene: Scene) -> Iterator[Scene]:
    """Make `scene` the one that runs."""
    token = _SCENE.set(scene)
    try:
        yield scene
    finally:
        _SCENE.reset(token)
