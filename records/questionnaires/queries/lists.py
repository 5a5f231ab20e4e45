"""What forms there are."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from records.questionnaires.models import (
    CLOSED,
    Kind,
    Questionnaire,
    QuestionnaireItem,
)
from records.questionnaires.permissions import visible_to

Status = Questionnaire.Status


def forms(user: Any) -> list[Questionnaire]:
    """Each form once, by its title: as it is in use, else as a draft, else as it was
    last. `has_draft` says whether another version is being written."""
    order = Case(
        When(status=Status.ACTIVE, then=Value(0)),
        When(status=Status.DRAFT, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = visible_to(user).annotate(order=order, parts=Count("items"))
    found: dict[UUID, Questionnaire] = {}
    drafts: set[UUID] = set()
    ordered = rows.order_by("order", "-version").prefetch_related("visit_types")
    for row in cast(Iterable[Questionnaire], ordered):
        if row.status == Status.DRAFT:
            drafts.add(row.key)
        found.setdefault(row.key, row)
    for row in found.values():
        row.has_draft = row.key in drafts  # type: ignore[attr-defined]
    return sorted(found.values(), key=lambda row: row.title.lower())


def versions_of(user: Any, key: UUID) -> list[Questionnaire]:
    """Every version of one form, the newest first."""
    rows = visible_to(user).filter(key=key).select_related("published_by")
    return list(rows.order_by("-version"))


def draft_of(key: UUID) -> Questionnaire | None:
    """The version that is being written."""
    return Questionnaire.objects.filter(key=key, status=Status.DRAFT).first()


def items_of(questionnaire: Questionnaire) -> list[QuestionnaireItem]:
    """Its parts in order; one query."""
    return list(questionnaire.items.order_by("position"))


def earlier_questions(
    questionnaire: Questionnaire, item: QuestionnaireItem | None
) -> list[QuestionnaireItem]:
    """Those before `item` (None: all) whose answers others may depend on."""
    rows = questionnaire.items.filter(kind__in=CLOSED).order_by("position")
    if item is not None and item.pk is not None:
        rows = rows.filter(position__lt=item.position)
    return list(rows)


def active_for(visit_type_ids: Iterable[int]) -> QuerySet[Questionnaire]:
    """The forms in use that go with any of these visit types, by their titles."""
    rows = Questionnaire.objects.filter(
        status=Status.ACTIVE, visit_types__in=set(visit_type_ids)
    )
    return rows.distinct().prefetch_related("visit_types").order_by("title", "pk")


def has_questions(questionnaire: Questionnaire) -> bool:
    """Whether there is anything to answer."""
    told = (Kind.PAGE, Kind.INFORMATION)
    return questionnaire.items.exclude(kind__in=told).exists()
