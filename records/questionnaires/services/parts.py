"""The parts of a draft: added, changed, moved and taken out."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.users.models import User
from audit.entries.models import Category
from audit.services import record
from records.questionnaires.models import Questionnaire, QuestionnaireItem
from records.questionnaires.queries import items_of, options_of
from records.questionnaires.services.refusals import StillNeeded, locked_draft


@transaction.atomic
def add_item(
    *, actor: User, questionnaire: Questionnaire, **values: Any
) -> QuestionnaireItem:
    """Add a part at the end; `values` are the item's fields. Raises NotAllowed,
    NotADraft, and StillNeeded where it depends on no earlier question."""
    draft = locked_draft(actor, questionnaire)
    items = items_of(draft)
    item = QuestionnaireItem(questionnaire=draft, position=len(items), **values)
    _check([*items, item])
    item.save()
    _record(actor, draft, "added")
    return item


@transaction.atomic
def change_item(
    *, actor: User, questionnaire: Questionnaire, link_id: UUID, **values: Any
) -> QuestionnaireItem:
    """Change a part. Raises NotAllowed, NotADraft, and StillNeeded where another
    question depends on an answer that would be gone."""
    draft = locked_draft(actor, questionnaire)
    items = items_of(draft)
    item = next(one for one in items if one.link_id == link_id)
    for name, value in values.items():
        setattr(item, name, value)
    _check(items)
    item.save()
    _record(actor, draft, "changed")
    return item


@transaction.atomic
def move_item(
    *, actor: User, questionnaire: Questionnaire, link_id: UUID, by: int
) -> None:
    """Move a part up (-1) or down (+1); at the ends nothing happens. Raises NotAllowed,
    NotADraft, and StillNeeded where a question would stand before the one it depends
    on."""
    draft = locked_draft(actor, questionnaire)
    items = items_of(draft)
    place = next(n for n, one in enumerate(items) if one.link_id == link_id)
    to = place + by
    if not 0 <= to < len(items):
        return
    items[place], items[to] = items[to], items[place]
    _place(items)
    _record(actor, draft, "moved")


@transaction.atomic
def remove_item(*, actor: User, questionnaire: Questionnaire, link_id: UUID) -> None:
    """Take a part out. Raises NotAllowed, NotADraft and StillNeeded."""
    draft = locked_draft(actor, questionnaire)
    items = items_of(draft)
    left = [one for one in items if one.link_id != link_id]
    _check(left)
    QuestionnaireItem.objects.filter(questionnaire=draft, link_id=link_id).delete()
    _place(left)
    _record(actor, draft, "removed")


def _place(items: list[QuestionnaireItem]) -> None:
    _check(items)
    for position, item in enumerate(items):
        item.position = position
    QuestionnaireItem.objects.bulk_update(items, ["position"])


def _check(items: list[QuestionnaireItem]) -> None:
    """Each condition names an earlier question, and an answer that it knows."""
    earlier: dict[UUID, QuestionnaireItem] = {}
    for item in items:
        if item.shown_when is not None:
            other = earlier.get(item.shown_when)
            if other is None:
                raise StillNeeded(
                    f"“{item.text}” is shown by an answer to another question, which "
                    "has to stand before it"
                )
            if item.shown_answer not in options_of(other):
                raise StillNeeded(
                    f"“{item.text}” is shown by the answer “{item.shown_answer}” to "
                    f"“{other.text}”, which would be gone"
                )
        earlier[item.link_id] = item


def _record(actor: User, draft: Questionnaire, what: str) -> None:
    record(
        actor=actor,
        verb=f"questionnaire.item_{what}",
        subject=draft,
        category=Category.SETTINGS,
        detail={"version": draft.version},
    )
