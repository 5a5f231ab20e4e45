"""Writing down who saw what. One statement for each request."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from audit.entries.models import READS, Action, Category, Outcome
from audit.entries.services import Line, add_lines
from audit.readings.queries import Found, Reading, find_public, readings_of
from foundation.scene import Scene

# How long a page that refreshes itself is one reading.
CONTINUOUS = timedelta(hours=1)
VERBS = {
    Action.VIEW: "opened",
    Action.LIST: "listed",
    Action.SEARCH: "found",
    Action.PRINT: "printed",
    Action.DOWNLOAD: "downloaded",
    Action.EXPORT: "exported",
}


def record_readings(*, scene: Scene, action: str, is_refresh: bool = False) -> int:
    """Write what was loaded for the answer that is about to leave; how many entries.

    One entry for each patient, which names every category that was shown of them, and
    one for what concerns no patient. `action` VIEW becomes LIST where several patients
    were shown. With `is_refresh` a patient of whom the same categories were recorded in
    this session within the hour is left out: a page that keeps itself up to date is one
    continuous reading. Raises DatabaseError when it can't: nothing may be shown then.
    """
    rows, scene.loaded = scene.loaded, []
    actor_id = getattr(scene.actor(), "pk", None)
    rows = [row for row in rows if not _is_self(row, actor_id)]
    if not rows:
        return 0
    readings = [
        one
        for one in readings_of(rows, without=scene.recorded)
        # Who it is goes without saying where a service said what was done.
        if set(one.rows) != {Category.IDENTITY}
        or one.patient_id not in scene.known_patients
    ]
    if (
        action == Action.VIEW
        and sum(one.patient_id is not None for one in readings) > 1
    ):
        action = Action.LIST
    if is_refresh and scene.session_ref():
        known = _known(scene, actor_id)
        readings = [one for one in readings if not _is_known(one, known)]
    lines = [_line(one, scene, actor_id, action) for one in readings]
    add_lines(lines)
    return len(lines)


def record_refusal(
    *, scene: Scene, public_id: UUID | None = None, view: str = ""
) -> None:
    """Write that something was asked for and not given.

    The answer is the same whether it exists; the log tells which, and whose it is.
    """
    found: Found | None = None if public_id is None else find_public(public_id)
    actor_id = getattr(scene.actor(), "pk", None)
    patient_id = found.patient_id if found else None
    line = Line(
        verb="access.refused",
        action=Action.VIEW if scene.is_safe else Action.CHANGE,
        actor_id=actor_id,
        role=scene.role_for(patient_id) if actor_id else "",
        on_behalf_of_id=scene.for_whom(patient_id),
        patient_id=patient_id,
        category=found.category if found else "",
        subject_type=found.label if found else "",
        subject_id=found.key if found else None,
        outcome=Outcome.REFUSED,
        **_origin(scene),
    )
    add_lines([line])


def record_vain_search(*, scene: Scene) -> None:
    """Write that somebody at work looked for something and found nothing: that, too, is
    an answer. What they looked for is not kept. Raises DatabaseError when it can't."""
    actor_id = getattr(scene.actor(), "pk", None)
    line = Line(
        verb="data.searched",
        action=Action.SEARCH,
        actor_id=actor_id,
        role=scene.role_for(None),
        detail={"count": 0},
        **_origin(scene),
    )
    add_lines([line])


def record_session(
    *,
    scene: Scene,
    user: Any,
    verb: str,
    action: str,
    outcome: str = Outcome.DONE,
    detail: dict[str, str | int | bool | None] | None = None,
) -> None:
    """Write that `user` (None: nobody we know) signed in or out, or tried to."""
    key = getattr(user, "pk", None)
    line = Line(
        verb=verb,
        action=action,
        # Whoever failed to prove who they are has not acted as that person.
        actor_id=key if outcome == Outcome.DONE else None,
        role=scene.role_for(None) if outcome == Outcome.DONE and key else "",
        category=Category.ACCOUNTS,
        subject_type="accounts.user" if key else "",
        subject_id=key,
        outcome=outcome,
        detail=detail or {},
        **_origin(scene),
    )
    add_lines([line])


def _origin(scene: Scene, patient_id: int | None = None) -> dict[str, Any]:
    return {
        "purpose": scene.purpose or scene.purpose_for(patient_id),
        "address": scene.address,
        "agent": scene.agent,
        "request_id": scene.request_id,
        "session_ref": scene.session_ref(),
        "view": scene.view,
    }


def _is_self(row: Any, actor_id: int | None) -> bool:
    """One's own account is loaded with every page; a visitor who signs in is looked
    up. Neither shows an account to somebody."""
    is_account = row.reads.category == Category.ACCOUNTS
    return is_account and (actor_id is None or row.pk == actor_id)


def _line(one: Reading, scene: Scene, actor_id: int | None, action: str) -> Line:
    label, key = one.subject()
    counts = {name.lower(): count for name, count in one.counts.items() if count > 1}
    return Line(
        verb=f"data.{VERBS[Action(action)]}",
        action=action,
        actor_id=actor_id,
        role=scene.role_for(one.patient_id) if actor_id else "",
        on_behalf_of_id=scene.for_whom(one.patient_id),
        patient_id=one.patient_id,
        category=one.category,
        subject_type=label,
        subject_id=key if isinstance(key, int) else None,
        detail=dict(counts),
        **_origin(scene, one.patient_id),
    )


def _known(scene: Scene, actor_id: int | None) -> dict[int | None, set[str]]:
    """The categories by patient that this session has read within the hour."""
    known: dict[int | None, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patient_id, category FROM audit_entry"
            " WHERE actor_id = %s"
            " AND at > statement_timestamp() - make_interval(secs => %s)"
            " AND session_ref = %s AND action = ANY(%s) AND outcome = 'DONE'",
            [actor_id, CONTINUOUS.total_seconds(), scene.session_ref(), list(READS)],
        )
        for patient_id, category in cursor:
            known.setdefault(patient_id, set()).update(category.split(","))
    return known


def _is_known(one: Reading, known: dict[int | None, set[str]]) -> bool:
    return set(one.rows) <= known.get(one.patient_id, set())


def forget(scene: Scene) -> None:
    """Nothing of what was loaded is shown."""
    scene.loaded = []
