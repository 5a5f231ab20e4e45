"""Writing the log. Entries are only ever added."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from audit.entries.models import Action, Category, Entry, Outcome
from foundation.lines import one_line
from foundation.scene import Scene, current_scene
from foundation.sql import Along, fetch

Detail = dict[str, str | int | bool | None]

LONGEST = 120


def record(
    *,
    actor: Any,
    verb: str,
    subject: models.Model,
    patient: models.Model | None = None,
    detail: Detail | None = None,
    action: str = Action.CHANGE,
    category: str = "",
    outcome: str = Outcome.DONE,
    purpose: str = "",
) -> Entry:
    """Add one entry in the caller's transaction: no entry, no act.

    `actor` is a user, or None for the clinic's own jobs and anonymous visitors.
    `detail` takes codes and ids only. The category is that of the subject's table
    unless given. Where from, in which role and for whom come from the request's scene.
    """
    fields = _fields(
        actor=actor,
        verb=verb,
        subject=subject,
        patient=patient,
        detail=detail or {},
        action=action,
        category=category,
        outcome=outcome,
        purpose=purpose,
    )
    rows = fetch(_INSERT_ONE, fields | {"detail": json.dumps(fields["detail"])})
    return Entry(pk=rows[0][0], at=rows[0][1], **fields)


def record_along(
    *,
    actor: Any,
    verb: str,
    subject: models.Model,
    patient: models.Model | None = None,
    detail: Detail | None = None,
) -> Along:
    """The entry of a change, to be written along with the row that changes
    (`foundation.sql.insert_row`): one round trip less than `record`."""
    fields = _fields(
        actor=actor, verb=verb, subject=subject, patient=patient, detail=detail or {}
    )
    return Along(_ALONG, {"entry.row": json.dumps(fields)})


def _fields(
    *,
    actor: Any,
    verb: str,
    subject: models.Model,
    patient: models.Model | None,
    detail: Detail,
    action: str = Action.CHANGE,
    category: str = "",
    outcome: str = Outcome.DONE,
    purpose: str = "",
) -> dict[str, Any]:
    """What `record` writes, completed from the request's scene, which learns that this
    is in the log."""
    scene = current_scene() or Scene()
    reads = getattr(subject, "reads", None)
    label = subject._meta.label_lower
    scene.recorded.add((label, subject.pk))
    patient_id = patient.pk if patient is not None else None
    if patient_id is not None:
        scene.known_patients.add(patient_id)
    actor = actor if getattr(actor, "pk", None) else None
    line = Line(
        actor_id=getattr(actor, "pk", None),
        role=_role(scene, actor, patient_id),
        on_behalf_of_id=_for_whom(scene, actor, patient_id),
        patient_id=patient_id,
        verb=verb,
        action=action,
        category=category or (reads.category if reads else _category_of(label)),
        subject_type=label,
        subject_id=subject.pk,
        purpose=purpose or scene.purpose or scene.purpose_for(patient_id),
        outcome=outcome,
        address=scene.address,
        agent=scene.agent,
        request_id=scene.request_id,
        session_ref=scene.session_ref(),
        view=scene.view,
        detail=detail,
    )
    return _tidy(line)


def _category_of(label: str) -> str:
    """Whatever the clinic itself is: its places, doctors, visit types, closures."""
    return Category.SETTINGS if label.startswith("clinic.") else ""


def _role(scene: Scene, actor: Any, patient_id: int | None) -> str:
    """The role of whoever makes the request; another's is not known here."""
    return scene.role_for(patient_id) if _is_acting(scene, actor) else ""


def _for_whom(scene: Scene, actor: Any, patient_id: int | None) -> int | None:
    return scene.for_whom(patient_id) if _is_acting(scene, actor) else None


def _is_acting(scene: Scene, actor: Any) -> bool:
    return actor is not None and getattr(scene.actor(), "pk", None) == actor.pk


def clean(detail: Detail) -> Detail:
    """The detail as it may be kept: lines and terminal codes are taken out, long text
    is cut. Raises TypeError for anything but text, numbers, yes, no and nothing."""
    kept: Detail = {}
    for name, value in detail.items():
        if value is not None and not isinstance(value, str | int | bool):
            raise TypeError(f"The log takes codes and numbers, not {name}={value!r}.")
        kept[name] = one_line(value, LONGEST) if isinstance(value, str) else value
    return kept


@dataclass(frozen=True)
class Line:
    """One entry to come, for `add_lines`. The fields are those of Entry."""

    verb: str
    action: str
    actor_id: int | None = None
    role: str = ""
    on_behalf_of_id: int | None = None
    patient_id: int | None = None
    category: str = ""
    subject_type: str = ""
    subject_id: int | None = None
    purpose: str = ""
    outcome: str = Outcome.DONE
    address: str | None = None
    agent: str = ""
    request_id: str = ""
    session_ref: str = ""
    view: str = ""
    detail: Detail = field(default_factory=dict)


_TYPES = {
    "actor_id": "bigint", "on_behalf_of_id": "bigint", "patient_id": "bigint",
    "subject_id": "bigint", "address": "inet", "detail": "jsonb",
}  # fmt: skip
_COLUMNS = list(Line.__dataclass_fields__)
_RECORD = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)
# Number and time are the database's own: no program may give them (portal.grants).
_ADD = f"INSERT INTO audit_entry ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS)}"
_INSERT = f"{_ADD} FROM jsonb_to_recordset(%s::jsonb) AS line({_RECORD})"
# One parameter: psycopg keeps the translation of a statement with up to 50 of them.
_ALONG = f"{_ADD} FROM made, jsonb_to_record(%(entry.row)s::jsonb) AS line({_RECORD})"

# Kept prepared: services add theirs one by one.
_INSERT_ONE = (
    f"INSERT INTO audit_entry ({', '.join(_COLUMNS)})"  # noqa: S608 constants  # nosec B608
    " VALUES ("
    + ", ".join(f"%({name})s::{_TYPES.get(name, 'text')}" for name in _COLUMNS)
    + ") RETURNING id, at"
)


def add_lines(lines: Sequence[Line]) -> None:
    """Add all of them with one statement, which is one round trip and, outside a
    transaction, a transaction of its own. Raises DatabaseError when it can't."""
    if not lines:
        return
    rows = [_tidy(line) for line in lines]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [json.dumps(rows)])


_LIMITS: dict[str, int] = {
    name: getattr(Entry._meta.get_field(name), "max_length", None) or 0
    for name in _COLUMNS
}


def _tidy(line: Line) -> dict[str, Any]:
    row = dict(vars(line))
    for name, limit in _LIMITS.items():
        if limit and row[name] is not None:
            row[name] = one_line(row[name], limit)
    row["detail"] = clean(row["detail"])
    return row
