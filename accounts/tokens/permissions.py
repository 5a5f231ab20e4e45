"""Who may see what acts in whose name, and who may give which scope."""

from typing import Any

from django.db.models import QuerySet

from accounts.applications.models import WORK_SCOPES, TokenScope
from accounts.tokens.models import Authorisation
from accounts.users.models import CARE_ROLES
from accounts.users.permissions import has_role
from foundation.permissions import predicate


@predicate("accounts.view_authorisation")
def can_view(user: Any, authorisation: Authorisation) -> bool:
    """One's own, and nobody else's."""
    return bool(user.pk) and authorisation.user_id == user.pk


def visible_to(user: Any) -> QuerySet[Authorisation]:
    """The authorisations that `user` may see and end."""
    return Authorisation.objects.filter(user_id=user.pk)


def may_give(user: Any, scope: str) -> bool:
    """Whether somebody has what they would let another act with."""
    if scope in WORK_SCOPES:
        return has_role(user, *CARE_ROLES)
    return scope in TokenScope.values
