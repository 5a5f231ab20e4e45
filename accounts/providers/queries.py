"""Which other accounts one can sign in with, and which are linked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.urls import reverse

from accounts.users.models import User


@dataclass(frozen=True)
class Provider:
    """One that this clinic has configured."""

    id: str
    name: str
    url: str


def configured_providers() -> list[Provider]:
    """Those whose keys are set; a button for another would lead nowhere."""
    return [
        Provider(id=app["provider_id"], name=app["name"], url=_url(kind, app))
        for kind, entry in settings.SOCIALACCOUNT_PROVIDERS.items()
        for app in entry["APPS"]
    ]


def _url(kind: str, app: dict[str, Any]) -> str:
    if kind == "openid_connect":
        return reverse("openid_connect_login", args=[app["provider_id"]])
    return reverse(f"{kind}_login")


@dataclass(frozen=True)
class Linked:
    """An account elsewhere with which somebody can sign in."""

    pk: int
    provider: str
    name: str
    since: datetime


def linked_accounts(user: User) -> list[Linked]:
    """The accounts elsewhere with which `user` can sign in."""
    names = {provider.id: provider.name for provider in configured_providers()}
    return [
        Linked(
            pk=account.pk,
            provider=account.provider,
            name=names.get(account.provider, account.provider.title()),
            since=account.date_joined,
        )
        for account in SocialAccount.objects.filter(user=user).order_by("pk")
    ]


def unlinked_providers(user: User) -> list[Provider]:
    """The configured ones that `user` has not linked yet."""
    linked = {account.provider for account in linked_accounts(user)}
    return [one for one in configured_providers() if one.id not in linked]
