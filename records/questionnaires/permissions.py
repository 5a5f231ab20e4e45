"""Who builds forms. Filling them in is another matter: see records.responses."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from foundation.permissions import predicate
from records.questionnaires.models import Questionnaire


@predicate("records.manage_questionnaires")
def can_manage(user: Any, subject: object) -> bool:
    """Medical administration: what patients are asked is a medical question."""
    return has_role(user, Role.MEDICAL_ADMIN)


def visible_to(user: Any) -> QuerySet[Questionnaire]:
    """All versions, for who manages them."""
    if not can_manage(user, None):
        return Questionnaire.objects.none()
    return Questionnaire.objects.all()
