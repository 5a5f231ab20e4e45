"""Writing forms, part by part, and putting them to use."""

from records.questionnaires.services.parts import (
    add_item,
    change_item,
    move_item,
    remove_item,
)
from records.questionnaires.services.refusals import (
    NotADraft,
    NotAllowed,
    NothingAsked,
    StillNeeded,
)
from records.questionnaires.services.versions import (
    begin_version,
    create_questionnaire,
    discard_draft,
    publish,
    retire,
    save_settings,
)

__all__ = [
    "NotADraft",
    "NotAllowed",
    "NothingAsked",
    "StillNeeded",
    "add_item",
    "begin_version",
    "change_item",
    "create_questionnaire",
    "discard_draft",
    "move_item",
    "publish",
    "remove_item",
    "retire",
    "save_settings",
]
