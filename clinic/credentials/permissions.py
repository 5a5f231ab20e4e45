"""Who sees and changes what people hold to work here."""

from typing import Any

from django.db.models import QuerySet

from accounts.users.models import Role
from accounts.users.permissions import has_role
from clinic.credentials.models import Credential
from foundation.permissions import predicate


@predicate("clinic.view_credential")
def can_view(user: Any, credential: Credential) -> bool:
    """Whose it is, and who manages staff."""
    return credential.user_id == user.pk or has_role(
        user, Role.ADMIN, Role.MEDICAL_ADMIN
    )


def visible_to(user: Any) -> QuerySet[Credential]:
    """The credentials that `user` may see; the list form of `can_view`."""
    if has_role(user, Role.ADMIN, Role.MEDICAL_ADMIN):
        return Credential.objects.all()
    return Credential.objects.filter(user_id=user.pk)


@predicate("clinic.manage_credential")
def can_manage(user: Any, credential: Credential | None) -> bool:
    """Who manages staff, but nobody their own."""
    own = credential is not None and credential.user_id == user.pk
    return has_role(user, Role.ADMIN, Role.MEDICAL_ADMIN) and not own
