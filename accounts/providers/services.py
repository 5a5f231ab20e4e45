"""Unlinking accounts elsewhere. Linking is allauth's, after a fresh proof."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts.users.models import User
from audit.services import record
from foundation.events import publish


@transaction.atomic
def unlink_account(*, user: User, account: SocialAccount) -> None:
    """That account no longer signs `user` in; a code by e-mail still does."""
    account.delete()
    entry = record(
        actor=user,
        verb="sign_in.provider_unlinked",
        subject=user,
        detail={"provider": account.provider},
    )
    publish("accounts.sign_in_changed", entry_id=entry.pk)
