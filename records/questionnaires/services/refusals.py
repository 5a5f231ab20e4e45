"""Why a form can't be changed, and the lock that every change begins with."""

from accounts.users.models import User
from foundation.errors import Refused
from records.questionnaires.models import Questionnaire
from records.questionnaires.permissions import can_manage


class NotAllowed(Refused):
    sentence = "Medical administration writes the forms."


class NotADraft(Refused):
    sentence = (
        "This version is published, so it stays as it is. Begin a new version to "
        "change it."
    )


class NothingAsked(Refused):
    sentence = "There is no question in it yet. Add one, then publish."


class StillNeeded(Refused):
    """Another question depends on it; the sentence says which."""


def locked_draft(actor: User, questionnaire: Questionnaire) -> Questionnaire:
    """The row, locked. Raises NotAllowed and NotADraft."""
    if not can_manage(actor, None):
        raise NotAllowed
    row = Questionnaire.objects.select_for_update().get(pk=questionnaire.pk)
    if row.status != Questionnaire.Status.DRAFT:
        raise NotADraft
    return row
