"""Whom is it about? What was loaded in a request, sorted by patient."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models

from foundation.personal import Reads

# Stands for the id that is looked for, in a statement that is made but once.
_ASKED = UUID(int=0)


@dataclass
class Reading:
    """What one request showed of one patient; `patient_id` None: of nobody in care."""

    patient_id: int | None
    rows: dict[str, set[tuple[str, Any]]] = field(
        default_factory=lambda: defaultdict(set)
    )

    @property
    def category(self) -> str:
        """The categories in alphabetical order, between commas."""
        return ",".join(sorted(self.rows))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each category."""
        return {name: len(self.rows[name]) for name in sorted(self.rows)}

    def subject(self) -> tuple[str, Any]:
        """The row it was about if it was one, ("", None) for several.

        Who the patient is counts only when nothing else was shown of them.
        """
        about = {one for name, rows in self.rows.items() if name != "IDENTITY"
                 for one in rows}  # fmt: skip
        about = about or self.rows.get("IDENTITY", set())
        return next(iter(about)) if len(about) == 1 else ("", None)


def readings_of(
    rows: Sequence[models.Model], *, without: set[tuple[str, Any]]
) -> list[Reading]:
    """The rows by patient, in the order of patients. `without` are rows that a service
    recorded by itself (label, key).

    One query for each table whose rows know their patient only through another one.
    """
    found: dict[int | None, Reading] = {}
    unknown: dict[type[models.Model], set[Any]] = defaultdict(set)
    for row in rows:
        if _name(row) in without:
            continue
        known, patient_id = _patient_of(row)
        if known:
            _add(found, patient_id, row.__class__, row.pk)
        else:
            unknown[row.__class__].add(row.pk)
    for model, keys in unknown.items():
        path = reads_of(model).patient
        pairs = model._base_manager.filter(pk__in=keys).values_list("pk", path)
        for key, patient_id in pairs:
            _add(found, patient_id, model, key)
    return sorted(found.values(), key=lambda one: one.patient_id or 0)


def reads_of(model: type[models.Model]) -> Reads:
    """What showing a row of this table means."""
    reads: Reads = model.reads  # type: ignore[attr-defined]
    return reads


def personal_models() -> list[type[models.Model]]:
    """Every table that declares what its rows hold."""
    return [model for model in apps.get_models() if hasattr(model, "reads")]


@dataclass(frozen=True)
class Found:
    """A row that exists, whoever may see it."""

    label: str
    key: int
    category: str
    patient_id: int | None


def find_public(public_id: UUID) -> Found | None:
    """The row of any table of people with this public id. One query."""
    searched, statement, values = _search()
    with connection.cursor() as cursor:
        cursor.execute(
            statement, [public_id if one is _ASKED else one for one in values]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    model = searched[row[0]]
    reads = reads_of(model)
    return Found(
        label=model._meta.label_lower,
        key=row[1],
        category=reads.category,
        patient_id=row[2] if reads.patient else None,
    )


@cache
def _search() -> tuple[list[type[models.Model]], str, list[Any]]:
    """The tables of `find_public`, its statement, and the statement's values with
    `_ASKED` for the id. Made once: putting thirty queries into SQL takes longer than
    the database needs for them, and whoever guesses ids causes one each time."""
    searched = [
        model
        for model in personal_models()
        if any(field.name == "public_id" for field in model._meta.fields)
    ]
    parts, values = [], []
    for number, model in enumerate(searched):
        path = reads_of(model).patient or "pk"
        rows = model._base_manager.filter(public_id=_ASKED).order_by()
        rows = rows.annotate(table=models.Value(number, models.IntegerField()))
        sql, given = rows.values_list("table", "pk", path).query.sql_with_params()
        parts.append(f"({sql})")
        values += [_ASKED if one == _ASKED else one for one in given]
    return searched, " UNION ALL ".join(parts), values


def _name(row: models.Model) -> tuple[str, Any]:
    return row._meta.label_lower, row.pk


def _patient_of(row: models.Model) -> tuple[bool, int | None]:
    """Whether the row itself tells, and whom; never a query."""
    path = reads_of(row.__class__).patient
    if not path:
        return True, None
    if path == "pk":
        return True, row.pk
    if path in row.__dict__:
        return True, row.__dict__[path]
    return False, None


def _add(
    found: dict[int | None, Reading],
    patient_id: int | None,
    model: type[models.Model],
    key: Any,
) -> None:
    reading = found.setdefault(patient_id, Reading(patient_id))
    reading.rows[reads_of(model).category].add((model._meta.label_lower, key))
