"""Versions of a form: begun, published, replaced, no longer used."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from clinic.visit_types.models import VisitType
from records.questionnaires.models import Questionnaire, QuestionnaireItem
from records.questionnaires.permissions import can_manage
from records.questionnaires.queries import draft_of, has_questions, items_of
from records.questionnaires.services.refusals import (
    NotAllowed,
    NothingAsked,
    locked_draft,
)

Status = Questionnaire.Status


@transaction.atomic
def create_questionnaire(
    *,
    actor: User,
    title: str,
    introduction: str,
    visit_types: Iterable[VisitType],
    valid_days: int,
) -> Questionnaire:
    """A new form, as a draft without questions. Raises NotAllowed."""
    if not can_manage(actor, None):
        raise NotAllowed
    row = Questionnaire.objects.create(
        title=title.strip(), introduction=introduction.strip(), valid_days=valid_days
    )
    row.visit_types.set(visit_types)
    _record(actor, "questionnaire.created", row)
    return row


@transaction.atomic
def save_settings(
    *,
    actor: User,
    questionnaire: Questionnaire,
    title: str,
    introduction: str,
    visit_types: Iterable[VisitType],
    valid_days: int,
) -> Questionnaire:
    """Change what a draft is called, when it is asked and for how long answers count.
    Raises NotAllowed and NotADraft."""
    row = locked_draft(actor, questionnaire)
    row.title, row.introduction = title.strip(), introduction.strip()
    row.valid_days = valid_days
    row.save(update_fields=["title", "introduction", "valid_days", "updated_at"])
    row.visit_types.set(visit_types)
    _record(actor, "questionnaire.changed", row)
    return row


@transaction.atomic
def begin_version(*, actor: User, questionnaire: Questionnaire) -> Questionnaire:
    """A draft of the next version, with everything that stands in this one; the draft
    that is there already, where there is one. Raises NotAllowed."""
    if not can_manage(actor, None):
        raise NotAllowed
    # The first version is the lock of them all.
    versions = Questionnaire.objects.select_for_update().filter(key=questionnaire.key)
    rows = list(versions.order_by("version"))
    found = draft_of(questionnaire.key)
    if found is not None:
        return found
    draft = Questionnaire.objects.create(
        key=questionnaire.key,
        version=rows[-1].version + 1,
        title=questionnaire.title,
        introduction=questionnaire.introduction,
        valid_days=questionnaire.valid_days,
        counts_from=questionnaire.counts_from,
    )
    draft.visit_types.set(questionnaire.visit_types.all())
    items = items_of(questionnaire)
    for item in items:
        item.pk, item.questionnaire = None, draft
        item._state.adding = True
    QuestionnaireItem.objects.bulk_create(items)
    _record(actor, "questionnaire.begun", draft)
    return draft


@transaction.atomic
def publish(
    *, actor: User, questionnaire: Questionnaire, asks_again: bool, at: datetime
) -> Questionnaire:
    """Use this version from now on, in place of the one before. It never changes after
    that.

    With `asks_again` answers to earlier versions count no more; what of them still fits
    is filled in. Raises NotAllowed, NotADraft and NothingAsked.
    """
    row = locked_draft(actor, questionnaire)
    if not has_questions(row):
        raise NothingAsked
    active = Questionnaire.objects.select_for_update().filter(
        key=row.key, status=Status.ACTIVE
    )
    for before in active:
        _move(before, Status.RETIRED)
    if asks_again:
        row.counts_from = row.version
    row.published_at, row.published_by = at, actor
    row.save(update_fields=["counts_from", "updated_at"])
    _move(row, Status.ACTIVE)
    _record(actor, "questionnaire.published", row)
    return row


@transaction.atomic
def retire(*, actor: User, questionnaire: Questionnaire) -> Questionnaire:
    """Ask it of nobody any more. What was answered stays. Raises NotAllowed."""
    if not can_manage(actor, None):
        raise NotAllowed
    row = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if row.status == Status.ACTIVE:
        _move(row, Status.RETIRED)
        _record(actor, "questionnaire.retired", row)
    return row


@transaction.atomic
def discard_draft(*, actor: User, questionnaire: Questionnaire) -> None:
    """Throw a draft away. Raises NotAllowed and NotADraft."""
    row = locked_draft(actor, questionnaire)
    _record(actor, "questionnaire.discarded", row)
    row.delete()


def _move(row: Questionnaire, to: str) -> None:
    assert to in Questionnaire.MOVES.get(row.status, set())  # noqa: S101
    row.status = to
    row.save(update_fields=["status", "published_at", "published_by", "updated_at"])


def _record(actor: User, verb: str, row: Questionnaire) -> None:
    record(
        actor=actor,
        verb=verb,
        subject=row,
        category=Category.SETTINGS,
        detail={"version": row.version},
    )
