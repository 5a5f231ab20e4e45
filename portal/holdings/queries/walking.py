"""Which tables hold data of people? Found by their foreign keys, not by memory."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.models import Patient, User
from foundation.sql import fetch
from portal.holdings.queries.care import CARE, EDITORIAL
from portal.holdings.queries.own import OWN
from portal.holdings.queries.people import PEOPLE
from portal.holdings.queries.shapes import Holding

HOLDINGS: dict[str, Holding] = PEOPLE | CARE | OWN


def linked_models() -> list[type[models.Model]]:
    """Every table from which foreign keys lead, over any number of tables, to a user
    or a patient; those of the editors' wing apart, who are no patients."""
    linked: list[type[models.Model]] = [User, Patient]
    candidates = [
        model
        for model in apps.get_models(include_auto_created=True)
        if not _is_editorial(model)
    ]
    while True:
        found = [
            model
            for model in candidates
            if model not in linked and any(t in linked for t in _targets(model))
        ]
        if not found:
            return linked
        linked += found


def _is_editorial(model: type[models.Model]) -> bool:
    label = model._meta.app_label
    return label in EDITORIAL or label.startswith("wagtail")


def _targets(model: type[models.Model]) -> Iterator[Any]:
    for field in model._meta.concrete_fields:
        if field.related_model is not None:
            yield field.related_model


def person_columns() -> dict[str, set[str]]:
    """Columns that name a person without a foreign key, by table."""
    names = {"patient_id", "user_id", "actor_id", "on_behalf_of_id"}
    found: dict[str, set[str]] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.name in names:
                found.setdefault(model._meta.label, set()).add(field.name)
    return found


def model_of(label: str) -> Any:
    """The table that a line of HOLDINGS is about."""
    app, name = label.split(".")
    models_of = apps.get_app_config(app).get_models(include_auto_created=True)
    return next(model for model in models_of if model._meta.object_name == name)


def records_of(user: User) -> list[Patient]:
    """The record that `user` signs in to, and those that were merged into it."""
    return with_merged(list(Patient.objects.filter(user=user)))


def with_merged(found: list[Patient]) -> list[Patient]:
    """These records, and all that were merged into them."""
    for patient in found:
        # Merged ones may have taken over others before: the list grows as it is read.
        found += Patient.objects.filter(merged_into=patient)
    return found


_MERGED = """
WITH RECURSIVE records (id) AS (
  SELECT %(patient)s::bigint
   UNION
  SELECT p.id FROM accounts_patient p JOIN records r ON p.merged_into_id = r.id
)
SELECT id FROM records
"""


def keys_with_merged(patient: Patient) -> list[int]:
    """The keys of a record and of all that were merged into it, nobody of whom is
    shown. One query."""
    return [key for (key,) in fetch(_MERGED, {"patient": patient.pk})]


def rows_about(
    label: str,
    *,
    user: User | None,
    patients: list[Patient],
    works_here: bool = False,
    is_whole: bool = False,
) -> Any:
    """The rows of one table about one person, the oldest first.

    Not what they did at work: of somebody who works here only what `at_work` lets
    through counts, and never a row that is about another patient. With `is_whole` also
    what a person's own copy leaves out, such as drafts of prescriptions.
    """
    holding = HOLDINGS[label]
    keys = [patient.pk for patient in patients]
    wanted = Q(pk__in=[])
    if holding.patient:
        wanted |= Q(**{f"{holding.patient}__in": keys}) & (
            Q() if is_whole else holding.only
        )
    if holding.user and user is not None:
        mine = Q(**{holding.user: user.pk})
        if holding.patient and not holding.is_shared:
            mine &= Q(**{f"{holding.patient}__isnull": True}) | Q(
                **{f"{holding.patient}__in": keys}
            )
        if works_here:
            mine &= holding.at_work
        wanted |= mine
    return model_of(label)._base_manager.filter(wanted).order_by("pk")
